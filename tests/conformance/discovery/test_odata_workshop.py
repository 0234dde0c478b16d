"""Entities as scenarios ask for them, with what a profile says on top."""

import pytest

from conformance.discovery.csdl_xml import read_csdl_xml
from conformance.discovery.odata_entity import EntityMaker
from conformance.discovery.odata_workshop import EntityWorkshop, Wishes, read_wishes
from conformance.words.json_value import Json
from tests.conformance.discovery.documents import TRADE, TRAVEL


def workshop(
    set_name: str = "Products", *, document: bytes = TRADE, wishes: Wishes | None = None
) -> EntityWorkshop:
    metadata = read_csdl_xml(document)
    return EntityWorkshop(EntityMaker(metadata, metadata.sets[set_name], seed="r1"), wishes=wishes)


def test_an_entity_is_where_its_key_says() -> None:
    made = workshop().make("a")

    assert made.url == f"Products({made.body['ProductID']})"
    assert made.find == "Products?$filter=ProductName%20eq%20'wirecheck-r1-a'"
    assert made == workshop().make("a")


def test_where_the_service_gives_the_key_an_entity_is_found_by_its_text() -> None:
    made = workshop("People", document=TRAVEL).make("a")

    assert made.url == ""
    assert made.find == "People?$filter=FirstName%20eq%20'wirecheck-r1-a'"


def test_an_entity_that_was_read_has_a_url() -> None:
    shop = workshop("People", document=TRAVEL)
    ours: dict[str, Json] = {"FirstName": "wirecheck-r1-a"}

    assert shop.url_of({**ours, "UserName": "o'neil"}) == "People('o''neil')"
    assert shop.url_of(ours) == ""


def test_an_entity_of_others_has_no_url() -> None:
    chai: dict[str, Json] = {"ProductID": 1, "ProductName": "Chai"}

    assert workshop().url_of(chai) == ""
    assert workshop(wishes=Wishes(valid={"ProductName": "Chai"})).url_of(chai) == "Products(1)"


def test_a_replacement_is_the_whole_entity_with_one_change() -> None:
    shop = workshop()
    made = shop.make("a")

    assert shop.change(made) == {"ProductName": "wirecheck-r1-a-changed"}
    assert shop.replace(made) == {**made.body, "ProductName": "wirecheck-r1-a-changed"}


def test_a_second_change_gives_the_same_property_another_value() -> None:
    shop = workshop()
    made = shop.make("a")

    assert shop.change_again(made) == {"ProductName": "wirecheck-r1-a-again-changed"}


def test_a_second_change_is_what_a_profile_says() -> None:
    shop = workshop(wishes=Wishes(changed={"ProductName": "{unique}!"}))
    made = shop.make("a")

    assert (shop.change(made), shop.change_again(made)) == (
        {"ProductName": "a!"},
        {"ProductName": "a-again!"},
    )


def test_a_clash_has_the_key_of_another_entity() -> None:
    shop = workshop()
    one, other = shop.make("a"), shop.make("b")

    assert shop.clash(one, "b") == {**other.body, "ProductID": one.body["ProductID"]}


def test_where_no_property_is_known_to_be_unique_nothing_clashes() -> None:
    shop = workshop("People", document=TRAVEL)

    assert shop.unique == ""
    assert shop.clash(shop.make("a"), "b") == shop.make("b").body


def test_an_invalid_entity_is_wrong_in_one_value() -> None:
    shop = workshop()

    changed = {
        name for name, value in shop.invalid("a").items() if shop.make("a").body.get(name) != value
    }

    assert len(changed) == 1


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        pytest.param({}, Wishes(), id="nothing"),
        pytest.param(None, Wishes(), id="null"),
        pytest.param(
            {"valid": {"A": 1}, "unique": "A", "writable": True},
            Wishes(valid={"A": 1}, unique="A"),
            id="some",
        ),
        pytest.param({"valid": 1}, Wishes(), id="of another kind"),
    ],
)
def test_wishes_are_read_from_a_profile(section: Json, expected: Wishes) -> None:
    assert read_wishes(section) == expected


def test_what_a_profile_says_goes_before_what_is_made_up() -> None:
    wishes = Wishes(
        valid={"Category@odata.bind": "Categories(1)", "Notes": ["by {unique}"]},
        changed={"UnitPrice": 2},
        invalid={"ProductName": "{unique}!"},
        unique="ProductName",
    )
    shop = workshop(wishes=wishes)
    made = shop.make("a")

    assert made.body["Category@odata.bind"] == "Categories(1)"
    assert made.body["Notes"] == ["by a"]
    assert shop.change(made) == {"UnitPrice": 2}
    assert shop.invalid("b")["ProductName"] == "b!"
    assert shop.invalid("b")["Notes"] == ["by b"]
    assert shop.clash(made, "b")["ProductName"] == "wirecheck-r1-a"
