import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursehub.errors import Refused
from coursehub.roster import rules
from coursehub.vocabulary.people import Role
from coursehub.vocabulary.roster import StepKind

ROSTERS = st.dictionaries(st.integers(0, 30).map(str), st.sampled_from(Role), max_size=20)
SUBJECTS = st.frozensets(st.integers(0, 30).map(str), max_size=20)


def planned(
    enrolled: rules.Roster,
    listed: rules.Roster,
    *,
    gone: frozenset[str] = frozenset(),
    missing: frozenset[str] = frozenset(),
    undone: frozenset[rules.Step] = frozenset(),
    confirmed: bool = False,
    largest_share: float = 0.1,
) -> rules.Plan:
    said = rules.Listing(roles=listed, gone=gone - listed.keys())
    return rules.plan(
        enrolled,
        said,
        missing=missing,
        undone=undone,
        confirmed=confirmed,
        largest_share=largest_share,
    )


def whom(plan: rules.Plan, kind: StepKind) -> frozenset[str]:
    return frozenset(step.subject for step in plan.steps if step.kind is kind)


def leaving(plan: rules.Plan) -> frozenset[str]:
    return whom(plan, StepKind.LEAVE)


def missing_after(plan: rules.Plan) -> frozenset[str]:
    return whom(plan, StepKind.MISSING)


def after(enrolled: rules.Roster, plan: rules.Plan) -> dict[str, Role]:
    """The roster once the plan was carried out."""
    found = dict(enrolled)
    for step in plan.steps:
        assert found.get(step.subject) == step.before
        found.pop(step.subject, None)
        if step.after:
            found[step.subject] = step.after
    return found


@given(enrolled=ROSTERS, listed=ROSTERS.filter(bool), gone=SUBJECTS, missing=SUBJECTS)
def test_a_plan_loses_nobody_and_ends_at_the_list(
    enrolled: rules.Roster,
    listed: rules.Roster,
    gone: frozenset[str],
    missing: frozenset[str],
) -> None:
    plan = planned(enrolled, listed, gone=gone, missing=missing, largest_share=1)
    done = after(enrolled, plan)
    assert {key: role for key, role in done.items() if key not in missing_after(plan)} == listed
    assert len({step.subject for step in plan.steps}) == len(plan.steps)
    assert len(plan.steps) + plan.unchanged == len(enrolled.keys() | listed.keys())


@given(enrolled=ROSTERS, listed=ROSTERS.filter(bool), gone=SUBJECTS, missing=SUBJECTS)
def test_nobody_leaves_whom_one_listing_alone_lacks(
    enrolled: rules.Roster,
    listed: rules.Roster,
    gone: frozenset[str],
    missing: frozenset[str],
) -> None:
    plan = planned(enrolled, listed, gone=gone, missing=missing, largest_share=1)
    assert leaving(plan) <= gone | missing
    again = planned(after(enrolled, plan), listed, missing=missing_after(plan), largest_share=1)
    assert leaving(again) == missing_after(plan)
    assert after(after(enrolled, plan), again) == listed


@given(enrolled=ROSTERS, listed=ROSTERS.filter(bool))
def test_a_second_plan_has_nothing_to_do(enrolled: rules.Roster, listed: rules.Roster) -> None:
    plan = planned(enrolled, listed, confirmed=True)
    assert not missing_after(plan)
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
    plan = planned(enrolled, listed, gone=gone)
    if absent > max(3, len(enrolled) // 10):
        sure = planned(enrolled, listed, gone=gone, confirmed=True)
        assert (plan.steps, plan.waiting) == ((), sure.steps)
        assert len(leaving(sure)) == absent
    else:
        assert len(leaving(plan)) + len(missing_after(plan)) == absent


@given(enrolled=ROSTERS, listed=ROSTERS.filter(bool), data=st.data())
def test_what_was_undone_waits_for_a_person(
    enrolled: rules.Roster, listed: rules.Roster, data: st.DataObject
) -> None:
    whole = planned(enrolled, listed, largest_share=1)
    undone = frozenset(step for step in whole.steps if data.draw(st.booleans()))
    plan = planned(enrolled, listed, undone=undone, largest_share=1)
    assert set(plan.waiting) == undone
    assert set(plan.steps) == set(whole.steps) - undone
    assert not planned(enrolled, listed, undone=undone, confirmed=True).waiting


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

    plan = planned(enrolled, without(may_leave), largest_share=share)
    assert len(missing_after(plan)) == may_leave
    plan = planned(enrolled, without(may_leave + 1), largest_share=share)
    assert f"{may_leave + 1} of {size}" in plan.question
    assert not plan.steps


def test_two_empty_lists_are_in_step() -> None:
    assert planned({}, {}).is_empty
