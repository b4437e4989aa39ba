import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursehub.errors import Refused
from coursehub.roster import rules
from coursehub.vocabulary.people import Role

ROSTERS = st.dictionaries(st.integers(0, 30).map(str), st.sampled_from(Role), max_size=20)


def after(enrolled: rules.Roster, plan: rules.Plan) -> dict[str, Role]:
    """The roster once the plan was carried out."""
    stay = {key: role for key, role in enrolled.items() if key not in plan.leave}
    return {**stay, **plan.join, **plan.change}


@given(enrolled=ROSTERS, listed=ROSTERS.filter(bool))
def test_a_plan_loses_nobody_and_ends_at_the_list(
    enrolled: rules.Roster, listed: rules.Roster
) -> None:
    plan = rules.plan(enrolled, listed, confirmed=True)
    assert after(enrolled, plan) == listed
    parts = (set(plan.join), set(plan.leave), set(plan.change))
    assert sum(map(len, parts)) == len(set().union(*parts))
    assert sum(map(len, parts)) + plan.unchanged == len(enrolled.keys() | listed.keys())


@given(enrolled=ROSTERS, listed=ROSTERS.filter(bool))
def test_a_second_plan_has_nothing_to_do(enrolled: rules.Roster, listed: rules.Roster) -> None:
    plan = rules.plan(enrolled, listed, confirmed=True)
    again = rules.plan(after(enrolled, plan), listed)
    assert again.is_empty
    assert again.unchanged == len(listed)


@given(enrolled=ROSTERS.filter(bool), confirmed=st.booleans())
def test_an_empty_list_never_empties_a_course(enrolled: rules.Roster, *, confirmed: bool) -> None:
    with pytest.raises(Refused) as refused:
        rules.plan(enrolled, {}, confirmed=confirmed)
    assert refused.value.code == "roster-empty"


@given(enrolled=ROSTERS, listed=ROSTERS.filter(bool))
def test_many_never_leave_unless_somebody_says_so(
    enrolled: rules.Roster, listed: rules.Roster
) -> None:
    leaving = len(enrolled.keys() - listed.keys())
    if leaving > max(3, len(enrolled) // 10):
        with pytest.raises(Refused):
            rules.plan(enrolled, listed)
    else:
        assert len(rules.plan(enrolled, listed).leave) == leaving


@pytest.mark.parametrize(("size", "may_leave"), [(5, 3), (30, 3), (40, 4), (240, 24)])
def test_a_tenth_of_a_class_may_leave_and_three_people_always(size: int, may_leave: int) -> None:
    enrolled = {str(n): Role.STUDENT for n in range(size)}

    def without(first: int) -> rules.Roster:
        return {key: role for key, role in enrolled.items() if int(key) >= first}

    assert len(rules.plan(enrolled, without(may_leave)).leave) == may_leave
    with pytest.raises(Refused, match=f"{may_leave + 1} of {size}"):
        rules.plan(enrolled, without(may_leave + 1))


def test_two_empty_lists_are_in_step() -> None:
    assert rules.plan({}, {}).is_empty
