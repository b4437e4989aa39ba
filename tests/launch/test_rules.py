import re
from itertools import islice
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursehub.launch import rules
from coursehub.vocabulary import usernames
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.launch import Context, Launch
from coursehub.vocabulary.usernames import UsernameTemplate

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
RESERVED_ALIKE = st.sampled_from(
    ["grader", "grader-data8", "GRADER_x", "coursehub", "coursehub-graders", "Coursehub.", "a" * 90]
)
TEMPLATE = st.sampled_from(
    [
        "{email_local} | {sub}",
        "{name}",
        "x-{sub}",
        "{login_id} | {given_name}.{family_name} | {custom.badge}",
        "grader-{sub} | coursehub{name}",
    ]
).map(usernames.parse)


def launch(**claims: object) -> Launch:
    ours = {
        "issuer": "https://lms.example",
        "client_id": "c",
        "deployment_id": "1",
        "subject": "u1",
        "nonce": "n",
        "expires_at": 0,
        "message_type": "LtiResourceLinkRequest",
        "roles": (),
        "target": "https://hub.example/hub/lti13/launch",
    }
    return Launch(**{**ours, **claims})  # type: ignore[arg-type]  # claims by name


def landing_of(*, base: str = "/", **claims: object) -> str:
    prefix = f"{base}services/coursehub/"
    return rules.landing(launch(**claims), CourseKey("data8"), prefix=prefix, hub_base=base)


@given(template=TEMPLATE, name=TEXT | RESERVED_ALIKE, subject=TEXT | RESERVED_ALIKE)
def test_hub_names_are_plain_unique_endless_and_never_ours(
    template: UsernameTemplate, name: str, subject: str
) -> None:
    someone = launch(
        email=f"{name}@x.example",
        name=name,
        subject=subject,
        custom={"login_id": subject, "badge": name},
        claims={"given_name": name, "family_name": subject},
    )
    names = list(islice(usernames.hub_names(someone, template), 120))
    assert len(set(names)) == 120
    for given_name in names:
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", given_name)
        assert len(given_name) <= 30
        assert not given_name.startswith(("grader-", "coursehub-"))


@given(label=TEXT | RESERVED_ALIKE, title=TEXT, context_id=TEXT)
def test_course_keys_are_plain_unique_endless_and_short(
    label: str, title: str, context_id: str
) -> None:
    context = Context(id=context_id, label=label, title=title)
    keys = list(islice(rules.course_keys(launch(context=context)), 120))
    assert len(set(keys)) == 120
    assert all(re.fullmatch(r"[a-z0-9-]{1,40}", key) for key in keys)


@given(target=st.text(max_size=80), base=st.sampled_from(["/", "/jupyter/"]))
def test_whatever_the_target_the_landing_is_a_path_of_this_hub(target: str, base: str) -> None:
    path = landing_of(target=target, base=base)
    parts = urlsplit(path)
    assert path.startswith(base)
    assert not path.startswith("//")
    assert (parts.scheme, parts.netloc) == ("", "")
    assert re.fullmatch(r"[!-\[\]-~]+", path), "no backslash, blank or control character"


@pytest.mark.parametrize(
    "target",
    [
        "https://hub.example//evil.example/x",
        "https://hub.example///evil.example",
        "https://[broken",
        "javascript:alert(1)",
        "",
        "https://hub.example/",
        "https://hub.example/hub",
        "https://hub.example/hub/lti13/launch?again=1",
        "https://hub.example/services/../../etc",
        "https://hub.example/services/%2e%2E/x",
    ],
)
def test_a_target_that_is_no_place_here_leads_to_the_course(target: str) -> None:
    assert landing_of(target=target) == "/services/coursehub/courses/data8"


@pytest.mark.parametrize("slash", ["\\", "%5C", "%255c", "%2F", "%252F", "%09/", "%00"])
def test_what_some_reader_may_take_for_another_server_leads_to_the_course(slash: str) -> None:
    course = "/services/coursehub/courses/data8"
    assert landing_of(target=f"https://hub.example/{slash}evil.example") == course


def test_an_nbgitpuller_link_is_honoured_with_its_query() -> None:
    target = "https://h.example/hub/user-redirect/git-pull?repo=https%3A%2F%2Fg.example%2Fr&depth=1"
    assert landing_of(target=target) == target.removeprefix("https://h.example")


def test_a_target_outside_the_hubs_base_path_is_not_honoured() -> None:
    target = "https://hub.example/wiki/page"
    assert landing_of(target=target, base="/jupyter/") == (
        "/jupyter/services/coursehub/courses/data8"
    )
    inside = "https://hub.example/jupyter/user/jo/lab"
    assert landing_of(target=inside, base="/jupyter/") == "/jupyter/user/jo/lab"


@given(module=TEXT.filter(bool), path=TEXT.filter(bool))
def test_a_links_parameters_arrive_as_they_were_written(module: str, path: str) -> None:
    landed = urlsplit(landing_of(custom={"module": module, "path": path}))
    assert landed.path == "/hub/user-redirect/coursehub/open"
    assert parse_qs(landed.query) == {"course": ["data8"], "module": [module], "path": [path]}


def test_an_assignments_link_leads_to_its_page_under_its_own_name() -> None:
    page = "/services/coursehub/courses/data8"
    assert landing_of(custom={"assignment": "PS_1.a"}) == f"{page}/assignments/PS_1.a"
    for name in ("../../PS_1", "..", "a?x", "a/b", "a\n", "a" * 65):
        assert landing_of(custom={"assignment": name}) == page
