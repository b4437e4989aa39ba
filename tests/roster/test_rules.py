import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursehub.errors import Refused
from coursehub.roster import rules
from coursehub.roster.rules import Place
from coursehub.vocabulary.people import PersonKey, Role
from coursehub.vocabulary.roster import StepKind

KEYS = st.integers(0, 30).map(lambda number: PersonKey("https://lms.example", str(number)))
SECTIONS = st.frozensets(st.sampled_from(["Lab 1", "Lab 2"]))
ROSTERS = st.dictionaries(KEYS, st.builds(Place, st.sampled_from(Role), SECTIONS), max_size=20)
SUBJECTS = st.frozensets(KEYS, max_size=20)
STUDENT = Place(Role.STUDENT)


def key(subject: str) -> PersonKey:
    return PersonKey("https://lms.example", subject)


def planned(
    enrolled: rules.Roster,
    listed: rules.Roster,
    *,
    gone: frozenset[PersonKey] = frozenset(),
    missing: frozenset[PersonKey] = frozenset(),
    undone: frozenset[rules.Step] = frozenset(),
    confirmed: bool = False,
    largest_share: float = 0.1,
) -> rules.Plan:
    said = rules.Listing(roster=listed, gone=gone - listed.keys())
    return rules.plan(
        enrolled,
        rules.Lists(listings=(said,)),
        missing=missing,
        undone=undone,
        confirmed=confirmed,
        largest_share=largest_share,
    )


def whom(plan: rules.Plan, kind: StepKind) -> frozenset[PersonKey]:
    return frozenset(step.key for step in plan.steps if step.kind is kind)


def leaving(plan: rules.Plan) -> frozenset[PersonKey]:
    return whom(plan, StepKind.LEAVE)


def missing_after(plan: rules.Plan) -> frozenset[PersonKey]:
    return whom(plan, StepKind.MISSING)


def after(enrolled: rules.Roster, plan: rules.Plan) -> dict[PersonKey, Place]:
    """The roster once the plan was carried out."""
    found = dict(enrolled)
    for step in plan.steps:
        before = found.pop(step.key, None)
        assert (before.role if before else None) == step.before
        assert rules.ordered(before.sections if before else ()) == step.sections_before
        if step.after:
            found[step.key] = Place(step.after, frozenset(step.sections_after))
    return found


@given(enrolled=ROSTERS, listed=ROSTERS.filter(bool), gone=SUBJECTS, missing=SUBJECTS)
def test_a_plan_loses_nobody_and_ends_at_the_list(
    enrolled: rules.Roster,
    listed: rules.Roster,
    gone: frozenset[PersonKey],
    missing: frozenset[PersonKey],
) -> None:
    plan = planned(enrolled, listed, gone=gone, missing=missing, largest_share=1)
    done = after(enrolled, plan)
    assert {who: it for who, it in done.items() if who not in missing_after(plan)} == listed
    assert len({step.key for step in plan.steps}) == len(plan.steps)
    assert len(plan.steps) + plan.unchanged == len(enrolled.keys() | listed.keys())


@given(enrolled=ROSTERS, listed=ROSTERS.filter(bool), gone=SUBJECTS, missing=SUBJECTS)
def test_nobody_leaves_whom_one_listing_alone_lacks(
    enrolled: rules.Roster,
    listed: rules.Roster,
    gone: frozenset[PersonKey],
    missing: frozenset[PersonKey],
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
    enrolled: rules.Roster, gone: frozenset[PersonKey], *, confirmed: bool
) -> None:
    with pytest.raises(Refused) as refused:
        planned(enrolled, {}, gone=gone, confirmed=confirmed)
    assert refused.value.code == "roster-empty"


@given(enrolled=ROSTERS, listed=ROSTERS.filter(bool), gone=SUBJECTS)
def test_many_never_leave_unless_somebody_says_so(
    enrolled: rules.Roster, listed: rules.Roster, gone: frozenset[PersonKey]
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
    enrolled = {key(str(n)): STUDENT for n in range(size)}

    def without(first: int) -> rules.Roster:
        return {who: it for who, it in enrolled.items() if int(who.subject) >= first}

    plan = planned(enrolled, without(may_leave), largest_share=share)
    assert len(missing_after(plan)) == may_leave
    plan = planned(enrolled, without(may_leave + 1), largest_share=share)
    assert f"{may_leave + 1} of {size}" in plan.question
    assert not plan.steps


def test_two_empty_lists_are_in_step() -> None:
    assert planned({}, {}).is_empty


NAMES = ("Day", "Evening")
PARTS = st.lists(ROSTERS.filter(bool), min_size=2, max_size=2)


def in_sections(parts: list[rules.Roster]) -> tuple[rules.Listing, ...]:
    """The lists of two LMS courses, whose people are in the section of that name too."""
    return tuple(
        rules.Listing(
            roster={who: Place(it.role, it.sections | {name}) for who, it in part.items()},
            section=name,
            issuer="https://lms.example",
        )
        for name, part in zip(NAMES, parts, strict=True)
    )


@given(parts=PARTS)
def test_lists_together_are_as_each_of_them_says(parts: list[rules.Roster]) -> None:
    listings = in_sections(parts)
    plan = rules.plan({}, rules.Lists(listings=listings), largest_share=1)
    found = after({}, plan)
    assert found.keys() == parts[0].keys() | parts[1].keys()
    for who, place in found.items():
        theirs = [each.roster[who] for each in listings if who in each.roster]
        assert place.role == min((it.role for it in theirs), key=list(Role).index)
        assert place.sections == frozenset().union(*(it.sections for it in theirs))
    again = rules.plan(found, rules.Lists(listings=listings), largest_share=0)
    assert again.is_empty


@given(parts=PARTS, later=ROSTERS.filter(bool), missing=SUBJECTS, gone=SUBJECTS)
def test_nobody_leaves_on_account_of_a_silent_list(
    parts: list[rules.Roster],
    later: rules.Roster,
    missing: frozenset[PersonKey],
    gone: frozenset[PersonKey],
) -> None:
    """Nor changes to a lower role, nor loses a section, while it is silent."""
    day, evening = in_sections(parts)
    both = rules.Lists(listings=(day, evening))
    enrolled = after({}, rules.plan({}, both, largest_share=1))
    (now, _) = in_sections([later, parts[1]])
    now = rules.Listing(roster=now.roster, gone=gone - later.keys(), section=now.section)
    silent = rules.Silent(section="Evening", issuer="https://lms.example")
    lists = rules.Lists(listings=(now,), silent=(silent,))
    plan = rules.plan(enrolled, lists, missing=missing, largest_share=1, confirmed=True)
    done = after(enrolled, plan)
    for who in evening.roster:
        assert list(Role).index(done[who].role) <= list(Role).index(enrolled[who].role)
        assert done[who].sections >= enrolled[who].sections
