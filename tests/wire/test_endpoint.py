from __future__ import annotations

import pytest

from visavis.core.errors import VisavisError
from visavis.wire.endpoint import Endpoint, Service, configured

SERVICE = Service("VISAVIS_TEST", "/speak", "http://127.0.0.1:8000/v1")


def test_the_address_is_the_base_and_the_path_and_a_query_stays_but_is_not_shown() -> None:
    assert Endpoint(SERVICE, "http://h:1/v1/", "m").address == "http://h:1/v1/speak"
    assert Endpoint(SERVICE, "http://h/v1/speak", "m").address == "http://h/v1/speak"
    one = Endpoint(SERVICE, "https://h/v1?api-version=2&code=geheim", "m")
    assert one.address == "https://h/v1/speak?api-version=2&code=geheim"
    assert one.shown == "https://h/v1/speak"


def test_a_key_is_sent_and_never_shown() -> None:
    one = Endpoint(SERVICE, "http://h/v1", "m", "sk-17")
    assert one.headers == {"Authorization": "Bearer sk-17"}
    assert "sk-17" not in repr(one)
    assert one.cleaned("wrong key:\nsk-17\x1b[31m!") == "wrong key: *** [31m!"
    assert len(one.cleaned("a" * 999)) <= 200
    assert Endpoint(SERVICE, "http://h/v1", "m").headers == {}


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel"])
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(VisavisError, match="VISAVIS_TEST_KEY has letters that no key has") as refused:
        Endpoint(SERVICE, "http://h/v1", "m", key)
    assert key not in str(refused.value)


def test_a_password_in_the_address_is_refused_without_showing_it() -> None:
    with pytest.raises(VisavisError, match="VISAVIS_TEST_URL holds a name or password") as refused:
        Endpoint(SERVICE, "http://me:geheim@h/v1", "m")
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("url", ["h:1", "file:///etc/passwd", "http://", "ws://h/v1", "http://h:x/v1", "http://[::1/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(VisavisError, match=r"VISAVIS_TEST_URL cannot be .*such as http://127\.0\.0\.1:8000/v1"):
        Endpoint(SERVICE, url, "m")


def test_only_an_address_in_the_environment_opens_one() -> None:
    assert configured(SERVICE, {"OPENAI_API_KEY": "k", "VISAVIS_TEST_KEY": "k", "VISAVIS_TEST_MODEL": "m"}) is None
    with pytest.raises(VisavisError, match="VISAVIS_TEST_MODEL is not; set it to the model's name"):
        configured(SERVICE, {"VISAVIS_TEST_URL": "http://h/v1"})
    told = {"VISAVIS_TEST_URL": " http://h/v1 ", "VISAVIS_TEST_MODEL": "m", "VISAVIS_TEST_KEY": "k"}
    assert configured(SERVICE, told, 3.0) == Endpoint(SERVICE, "http://h/v1", "m", "k", 3.0)


def test_the_key_of_openai_goes_to_openai_alone_and_only_under_tls() -> None:
    keys = {"VISAVIS_TEST_MODEL": "m", "OPENAI_API_KEY": "theirs"}

    def key(url: str, own: str = "") -> str | None:
        found = configured(SERVICE, {**keys, "VISAVIS_TEST_URL": url, "VISAVIS_TEST_KEY": own})
        assert found is not None
        return found.key

    assert key("https://api.openai.com/v1") == "theirs"
    assert key("https://api.openai.com/v1", "mine") == "mine"
    assert key("http://api.openai.com/v1") is None
    assert key("https://api.openai.com.example.org/v1") is None
    assert key("http://127.0.0.1:8000/v1") is None
