import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursehub.errors import Refused
from coursehub.roster import rules
from coursehub.vocabulary.people import Role

ROSTERS = st.dictionaries(st.integers(0, 30).map(str), st.sampled_from(Role), max_size=20)
SUBJECTS = st.frozensets(st.integers(0, 30).map(str), max_size=20)


def planned(
    enrolled: rules.Roster,
    listed: rules.Roster,
    *,
    gone: frozenset[str] = frozenset(),
    missing: frozenset[str] = frozenset(),
    confirmed: bool = False,
    largest_share: float = 0.1,
) -> rules.Plan:
    said = rules.Listing(roles=listed, gone=gone - listed.keys())
    return rules.plan(
        enrolled, said, missing=missing, confirmed=confirmed, largest_share=largest_share
    )


def after(enrolled: rules.Roster, plan: rules.Plan) -> dict[str, Role]:
    """The roster once the plan was carried out."""
    stay = {key: role for key, role in enrolled.items() if key not in plan.leave}
    return {**stay, **plan.join, **plan.change}


@given(enrolled=ROSTERS, listed=ROSTERS.filter(bool), gone=SUBJECTS, missing=SUBJECTS)
def test_a_plan_loses_nobody_and_ends_at_the_list(
    enrolled: rules.Roster,
    listed: rules.Roster,
    gone: frozenset[str],
    missing: frozenset[str],
) -> None:
    plan = planned(enrolled, listed, gone=gone, missing=missing, largest_share=1)
    done = after(enrolled, plan)
    assert {key: role for key, role in done.items() if key not in plan.missing} == listed
    parts = (set(plan.join), plan.leave, set(plan.change), plan.missing)
    assert sum(map(len, parts)) == len(set().union(*parts))
    assert sum(map(len, parts)) + plan.unchanged == len(enrolled.keys() | listed.keys())


@given(enrolled=ROSTERS, listed=ROSTERS.filter(bool), gone=SUBJECTS, missing=SUBJECTS)
def test_nobody_leaves_whom_one_listing_alone_lacks(
    enrolled: rules.Roster,
    listed: rules.Roster,
    gone: frozenset[str],
    missing: frozenset[str],
) -> None:
    plan = planned(enrolled, listed, gone=gone, missing=missing, largest_share=1)
    assert plan.leave <= gone | missing
    again = planned(after(enrolled, plan), listed, missing=plan.missing, largest_share=1)
    assert again.leave == plan.missing
    assert after(after(enrolled, plan), again) == listed


@given(enrolled=ROSTERS, listed=ROSTERS.filter(bool))
def test_a_second_plan_has_nothing_to_do(enrolled: rules.Roster, listed: rules.Roster) -> None:
    plan = planned(enrolled, listed, confirmed=True)
    assert not plan.missing
    again = planned(after(enrolled, plan), listed)
    assert again.is_empty
    assert again.unchanged == len(listed)


@given(enrolled=ROSTERS.filter(bool), gone=SUBJECTS, confirmed=st.booleans())
def test_an_empty_list_never_empties_a_course(
    enrolled: rules.Roster, gone: frozenset[str], *, confirmed: bool
) -> None:
    with pytest.raises(Refused) as refused:
        planned(enrolled, {}, gone=gone, confirmed=confirmed)
    assert refused.value.code == "roster-empty"


@given(enrolled=ROSTERS, listed=ROSTERS.filter(bool), gone=SUBJECTS)
def test_many_never_leave_unless_somebody_says_so(
    enrolled: rules.Roster, listed: rules.Roster, gone: frozenset[str]
) -> None:
    absent = len(enrolled.keys() - listed.keys())
    if absent > max(3, len(enrolled) // 10):
        with pytest.raises(Refused):
            planned(enrolled, listed, gone=gone)
        assert len(planned(enrolled, listed, gone=gone, confirmed=True).leave) == absent
    else:
        plan = planned(enrolled, listed, gone=gone)
        assert len(plan.leave) + len(plan.missing) == absent


@pytest.mark.parametrize(
    ("size", "share", "may_leave"),
    [(5, 0.1, 3), (30, 0.1, 3), (40, 0.1, 4), (240, 0.1, 24), (240, 0.02, 4), (240, 0, 3)],
)
def test_the_largest_share_of_a_class_may_leave_and_three_people_always(
    size: int, share: float, may_leave: int
) -> None:
    enrolled = {str(n): Role.STUDENT for n in range(size)}

    def without(first: int) -> rules.Roster:
        return {key: role for key, role in enrolled.items() if int(key) >= first}

    assert len(planned(enrolled, without(may_leave), largest_share=share).missing) == may_leave
    with pytest.raises(Refused, match=f"{may_leave + 1} of {size}"):
        planned(enrolled, without(may_leave + 1), largest_share=share)


def test_two_empty_lists_are_in_step() -> None:
    assert planned({}, {}).is_empty
