"""Which sites a policy names: whatever an address holds, it never becomes another directive."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursehub.web.framing import origin


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://lms.example/return?x=1", "https://lms.example"),
        ("https://LMS.example:443", "https://lms.example"),
        ("https://lms.example:8443/a", "https://lms.example:8443"),
        ("http://127.0.0.1:9000/a", "http://127.0.0.1:9000"),
        ("http://[::1]:9000/a", "http://[::1]:9000"),
        ("https://someone:secret@lms.example/", "https://lms.example"),
    ],
)
def test_an_address_is_written_as_its_site(url: str, expected: str) -> None:
    assert origin(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "//lms.example",
        "https://",
        "https://lms.example;script-src",
        "https://lms.example,evil",
        "https://lms.example:x",
        "https://'unsafe-inline'",
        "https://lms example",
        "https://[::1",
    ],
)
def test_what_is_no_site_is_left_out(url: str) -> None:
    assert origin(url) == ""


@given(host=st.text(max_size=40), scheme=st.sampled_from(["https", "http", "ftp", "data"]))
def test_no_host_breaks_out_of_a_policy(host: str, scheme: str) -> None:
    assert re.fullmatch(r"(https?://[a-z0-9.:\[\]*-]+)?", origin(f"{scheme}://{host}/path"))
