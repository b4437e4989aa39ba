"""The administrators' pages of people, over HTTP and without scripts."""

from collections.abc import Iterator

import httpx
import pytest

from coursehub.model.institution import AccountLink, Person
from coursehub.vocabulary.people import HubName
from coursehub.web.paging import cursor
from tests.house.school import MOODLE, School
from tests.launch.picking import open_school, seen

ADMIN = {"accept": "text/html", "x-hub-name": "root-admin"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[School, str]]:
    with open_school(tmp_path_factory.mktemp("people")) as found:
        yield found


@pytest.fixture
def http(served: tuple[School, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served[1], headers=ADMIN, timeout=60) as http:
        yield http


@pytest.fixture
def school(served: tuple[School, str]) -> School:
    return served[0]


def follow(http: httpx.Client, answer: httpx.Response) -> httpx.Response:
    """The page that the answer redirects to."""
    assert answer.next_request is not None
    return http.send(answer.next_request)


def come(school: School, subject: str) -> int:
    """The key of someone who came from the LMS under this name."""
    school.come(subject, name=f"{subject.title()} Lee")
    return next(row.id or 0 for row in school.rows(Person) if row.subject == subject)


def test_before_anyone_came_the_page_says_what_it_will_show(http: httpx.Client) -> None:
    page = http.get("admin/people")
    assert "Nobody has come from an LMS yet" in seen(page)


def test_these_pages_are_the_administrators_alone(http: httpx.Client, school: School) -> None:
    key = come(school, "ada")
    paths = ["admin/people", f"admin/people/{key}", f"admin/people/{key}/link?account=bob"]
    for path in paths:
        assert http.get(path, headers={"x-hub-name": "ada"}).status_code == 403
    for path in (f"admin/people/{key}/link", f"admin/people/{key}/unlink", "admin/people/trust"):
        fields = {"account": "bob", "institution": "North College"}
        assert http.post(path, data=fields, headers={"x-hub-name": "ada"}).status_code == 403


def test_the_list_leads_to_a_person_and_all_that_is_known(
    http: httpx.Client, school: School
) -> None:
    key = come(school, "eva")
    page = http.get("admin/people", params={"q": "eva"})
    assert "Eva Lee eva@north.example North College eva" in seen(page)
    assert f'admin/people/{key}"' in page.text
    words = seen(http.get(f"admin/people/{key}"))
    assert f"Issuer {MOODLE} Subject eva Name on the Hub eva" in words
    assert "There were none: the account is the one that the first launch made." in words
    assert "Nobody is called that" in seen(http.get("admin/people", params={"q": "zzz"}))
    assert http.get("admin/people/9999").status_code == 404


def test_the_list_comes_in_pages(http: httpx.Client, school: School) -> None:
    for subject in ("pat", "quin"):
        come(school, subject)
    first = http.get("admin/people", params={"limit": 1})
    assert "Next page" in first.text


def test_a_link_is_asked_for_confirmed_and_undone(http: httpx.Client, school: School) -> None:
    key = come(school, "ida")
    school.hub.users.add(HubName("ida.lee"))
    question = http.get(f"admin/people/{key}/link", params={"account": " ida.lee "})
    assert "Link Ida Lee to ida.lee?" in seen(question)
    assert 'name="csrf_token"' in question.text
    done = http.post(f"admin/people/{key}/link", data={"account": "ida.lee"})
    assert done.status_code == 303
    words = seen(follow(http, done))
    assert "Name on the Hub ida.lee linked" in words
    assert "ida ida.lee root-admin" in words
    assert "account ida again" in seen(http.get(f"admin/people/{key}/unlink"))
    assert http.post(f"admin/people/{key}/unlink").status_code == 303
    assert "ida.lee ida root-admin" in seen(http.get(f"admin/people/{key}"))


def test_an_account_that_cannot_be_linked_is_said_beside_the_field(
    http: httpx.Client, school: School
) -> None:
    key = come(school, "olga")
    page = http.get(f"admin/people/{key}/link", params={"account": "nobody"})
    assert page.status_code == 404
    assert "The Hub has no account of that name." in seen(page)
    assert 'value="nobody"' in page.text
    come(school, "paula")
    page = http.get(f"admin/people/{key}/link", params={"account": "paula"})
    assert (page.status_code, "is another person" in seen(page)) == (409, True)


def test_an_administrators_account_is_linked_after_a_second_word_alone(
    http: httpx.Client, school: School
) -> None:
    key = come(school, "mia")
    school.hub.users.add(HubName("boss"))
    school.hub.admins.add(HubName("boss"))
    question = http.get(f"admin/people/{key}/link", params={"account": "boss"})
    assert "boss is an administrator of this Hub." in seen(question)
    links = len(school.rows(AccountLink))
    refused = http.post(f"admin/people/{key}/link", data={"account": "boss"})
    assert (refused.status_code, len(school.rows(AccountLink))) == (422, links)
    assert "Confirm that it is meant." in seen(refused)
    meant = {"account": "boss", "is_admin_meant": "1"}
    assert http.post(f"admin/people/{key}/link", data=meant).status_code == 303
    assert len(school.rows(AccountLink)) == links + 1


def test_trusted_domains_are_kept_and_shown(http: httpx.Client) -> None:
    fields = {"institution": "north-college", "domains": "north.example, cs.north.example"}
    done = http.post("admin/people/trust", data=fields)
    page = follow(http, done)
    assert 'value="cs.north.example north.example"' in page.text
    wrong = http.post("admin/people/trust", data={**fields, "domains": "everyone"})
    assert (wrong.status_code, "is not a domain" in wrong.text) == (422, True)


@pytest.mark.parametrize(
    "path",
    [
        f"admin/people/{10**30}",
        f"admin/people/{10**30}/unlink",
        f"admin/platforms/{10**30}",
        f"privacy/people/{10**30}",
        f"privacy/people/{2**31}",
        f"admin/people?after={cursor(('a', 10**30))}",
    ],
)
def test_a_number_that_no_database_holds_is_refused(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 422
