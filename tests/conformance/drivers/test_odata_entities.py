"""Entities of a case: made up by name, found where the service says, told apart by their values."""

from collections.abc import Mapping

import pytest

from conformance.drivers.endpoint import read_url
from conformance.drivers.odata_entities import Bench, Made, holds
from conformance.words.json_value import Json
from conformance.words.template import UnresolvedTemplateError

ENDPOINT = read_url("http://127.0.0.1:1/odata", where="test")


class Shelf:
    """Makes entities whose key is their name, unless the service gives it."""

    set_url = "Things"

    def __init__(self, *, gives_key: bool = True, can_find: bool = True) -> None:
        self.gives_key = gives_key
        self.can_find = can_find

    def make(self, name: str) -> Made:
        key: dict[str, Json] = {"id": name} if self.gives_key else {}
        return Made(
            name=name,
            body={**key, "label": name, "size": 1},
            url=f"Things('{name}')" if self.gives_key else "",
            find=f"Things?$filter=label%20eq%20'{name}'" if self.can_find else "",
        )

    def change(self, made: Made) -> Mapping[str, Json]:  # noqa: ARG002 - the same for all
        return {"size": 2}

    def change_again(self, made: Made) -> Mapping[str, Json]:  # noqa: ARG002 - the same for all
        return {"size": 3}

    def replace(self, made: Made) -> Mapping[str, Json]:
        return {**made.body, "size": 2}

    def invalid(self, name: str) -> Mapping[str, Json]:
        return {"id": name, "label": None}

    def clash(self, made: Made, name: str) -> Mapping[str, Json]:
        return {**made.body, "label": name}

    def url_of(self, entity: Mapping[str, Json]) -> str:
        return f"Things('{entity['id']}')"


class Fixed(Shelf):
    """Makes entities that nothing can change."""

    def change(self, made: Made) -> Mapping[str, Json]:  # noqa: ARG002 - none at all
        return {}

    change_again = change


def bench(shelf: Shelf | None = None, **roles: Shelf) -> Bench:
    return Bench(ENDPOINT, {"": shelf or Shelf(), **roles}, "wc1")


@pytest.mark.parametrize(
    ("row", "request_"),
    [
        pytest.param(
            {"create": "a"},
            {
                "method": "POST",
                "url": "Things",
                "json": {"id": "wc1-a", "label": "wc1-a", "size": 1},
            },
            id="creation",
        ),
        pytest.param(
            {"invalid": "a"},
            {"method": "POST", "url": "Things", "json": {"id": "wc1-a", "label": None}},
            id="creation that has to be refused",
        ),
        pytest.param(
            {"clash": "a"},
            {
                "method": "POST",
                "url": "Things",
                "json": {"id": "wc1-a", "label": "wc1-a-clash", "size": 1},
            },
            id="creation with a key that is taken",
        ),
        pytest.param(
            {"update": "a"},
            {"method": "PATCH", "url": "Things('wc1-a')", "json": {"size": 2}},
            id="change",
        ),
        pytest.param(
            {"update_again": "a"},
            {"method": "PATCH", "url": "Things('wc1-a')", "json": {"size": 3}},
            id="second change",
        ),
        pytest.param(
            {"replace": "a"},
            {
                "method": "PUT",
                "url": "Things('wc1-a')",
                "json": {"id": "wc1-a", "label": "wc1-a", "size": 2},
            },
            id="replacement",
        ),
        pytest.param(
            {"delete": "a"}, {"method": "DELETE", "url": "Things('wc1-a')"}, id="deletion"
        ),
        pytest.param({"read": "a"}, {"method": "GET", "url": "Things('wc1-a')"}, id="read"),
        pytest.param(
            {"read": "a", "below": "Owner"},
            {"method": "GET", "url": "Things('wc1-a')/Owner"},
            id="read of what it leads to",
        ),
        pytest.param(
            {"find": "a"},
            {"method": "GET", "url": "Things?$filter=label%20eq%20'wc1-a'"},
            id="search",
        ),
        pytest.param(
            {"update": "a", "url": "$1", "headers": {"If-Match": "*"}},
            {"method": "PATCH", "url": "$1", "json": {"size": 2}, "headers": {"If-Match": "*"}},
            id="change by a reference",
        ),
        pytest.param(
            {"create": "a", "with": {"Owner@odata.bind": "$1"}},
            {
                "method": "POST",
                "url": "Things",
                "json": {
                    "id": "wc1-a",
                    "label": "wc1-a",
                    "size": 1,
                    "Owner@odata.bind": "$1",
                },
            },
            id="creation with a reference",
        ),
        pytest.param({"url": "Things"}, {"url": "Things"}, id="a request without a verb"),
    ],
)
def test_a_verb_becomes_a_request(row: dict[str, Json], request_: dict[str, Json]) -> None:
    assert bench().resolve(row) == request_


@pytest.mark.parametrize(
    ("row", "headers"),
    [
        pytest.param({"update": "a"}, {"If-Match": "*"}, id="change"),
        pytest.param({"delete": "a"}, {"If-Match": "*"}, id="deletion"),
        pytest.param(
            {"replace": "a", "headers": {"Prefer": "return=minimal"}},
            {"If-Match": "*", "Prefer": "return=minimal"},
            id="beside other fields",
        ),
        pytest.param(
            {"update": "a", "headers": {"if-match": '"1"'}}, {"if-match": '"1"'}, id="own"
        ),
        pytest.param(
            {"update": "a", "headers": {"If-None-Match": "*"}},
            {"If-None-Match": "*"},
            id="the opposite",
        ),
        pytest.param({"update": "a", "headers": {"If-Match": None}}, {"If-Match": None}, id="none"),
        pytest.param({"create": "a"}, None, id="creation"),
        pytest.param({"read": "a"}, None, id="read"),
    ],
)
def test_where_conditions_are_asked_for_a_change_has_one(
    row: dict[str, Json], headers: Json
) -> None:
    careful = Bench(ENDPOINT, {"": Shelf()}, "wc1", states_conditions=True)

    assert careful.resolve(row).get("headers") == headers


def test_a_name_with_a_role_is_made_by_the_workshop_of_that_role() -> None:
    other = Shelf(gives_key=False)

    made = bench(parent=other).get("parent/a")

    assert (made.name, made.body) == ("wc1-a", {"label": "wc1-a", "size": 1})


@pytest.mark.parametrize(
    ("made_by", "row", "missing"),
    [
        pytest.param(
            bench(), {"create": "child/a"}, "a child set that may be written to", id="role"
        ),
        pytest.param(
            Bench(ENDPOINT, {}, "wc1"),
            {"create": "a"},
            "an entity set that may be written to",
            id="any set",
        ),
        pytest.param(
            bench(Shelf(gives_key=False)),
            {"read": "a"},
            "the key of 'wc1-a', which the target gives",
            id="key",
        ),
        pytest.param(
            bench(Shelf(gives_key=False, can_find=False)),
            {"find": "a"},
            "the key of 'wc1-a', which the target gives",
            id="way to find it",
        ),
        pytest.param(bench(Fixed()), {"update": "a"}, "a change for update", id="change"),
        pytest.param(
            bench(Fixed()), {"update_again": "a"}, "a change for update_again", id="second change"
        ),
    ],
)
def test_what_is_missing_is_said(made_by: Bench, row: dict[str, Json], missing: str) -> None:
    with pytest.raises(UnresolvedTemplateError) as caught:
        made_by.resolve(row)

    assert caught.value.text == missing


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:1/odata/Things(7)",
        "/odata/Things(7)",
        "Things(7)",
    ],
)
def test_an_entity_is_where_location_says(location: str) -> None:
    made_here = bench(Shelf(gives_key=False))
    made_here.get("a")

    made_here.learn("a", location)

    assert made_here.resolve({"read": "a"})["url"] == "Things(7)"


@pytest.mark.parametrize(
    ("entity", "state"),
    [
        pytest.param({"id": "wc1-a", "label": "wc1-a", "size": 1}, "created", id="as created"),
        pytest.param({"id": "wc1-a", "label": "wc1-a", "size": 2}, "changed", id="as changed"),
        pytest.param(
            {"id": "wc1-a", "label": "wc1-a", "size": 3}, "changed-again", id="as changed again"
        ),
        pytest.param({"id": "wc1-a", "label": "x", "size": 4}, "other", id="as nobody made it"),
    ],
)
def test_values_tell_what_was_done(entity: dict[str, Json], state: str) -> None:
    assert bench().state_of("a", entity) == state


@pytest.mark.parametrize(
    ("seen", "sent"),
    [
        pytest.param({"a": 1.0}, {"a": 1}, id="number in another form"),
        pytest.param({"a": "1.50"}, {"a": "1.50"}, id="text"),
        pytest.param({"a": "12"}, {"a": 12}, id="decimal as text"),
        pytest.param(
            {"a": "2026-01-31T09:30:00.000Z"}, {"a": "2026-01-31T09:30:00Z"}, id="instant"
        ),
        pytest.param({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, id="member of a complex value"),
        pytest.param({}, {"@odata.type": "#T"}, id="control information"),
    ],
)
def test_values_may_come_back_in_another_form(seen: dict[str, Json], sent: dict[str, Json]) -> None:
    assert holds(seen, sent)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param({}, id="not there"),
        pytest.param({"a": None}, id="null"),
        pytest.param({"a": "2026-01-31T09:30:00"}, id="without an offset"),
        pytest.param({"a": {}}, id="of another kind"),
    ],
)
def test_other_values_are_others(seen: dict[str, Json]) -> None:
    assert not holds(seen, {"a": "2026-01-31T09:30:00Z"})
