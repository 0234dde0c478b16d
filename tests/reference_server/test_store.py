"""The store, in memory and in a file; in PostgreSQL too where WIRECHECK_POSTGRES_URL names one."""

import concurrent.futures
import itertools
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from reference_server.errors import (
    DuplicateKeyError,
    InputError,
    InvalidRowError,
    MissingRowError,
    StillReferencedError,
    UnknownEntityError,
)
from reference_server.model import Row, entity_type
from reference_server.query import Condition, Operator, Order, Query
from reference_server.store import Store, Transaction
from reference_server.tables import METADATA

POSTGRES_URL = os.environ.get("WIRECHECK_POSTGRES_URL")
PLACES = ["memory", "file", *(["postgresql"] if POSTGRES_URL else [])]


@pytest.fixture(params=PLACES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        assert POSTGRES_URL is not None
        engine = create_engine(POSTGRES_URL)
        METADATA.drop_all(engine)
        engine.dispose()
        return POSTGRES_URL
    return "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path}/rows.db"


def opened(url: str) -> Store:
    numbers = itertools.count(1)
    return Store(url, fresh_id=lambda: f"fresh-{next(numbers)}")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(opened(url)) as made:
        yield made


def category(row_id: str) -> Row:
    return {"_id": row_id, "name": row_id, "description": None}


def product(row_id: str, sku: str | None = None, category_id: str | None = None) -> Row:
    return {
        "_id": row_id,
        "name": row_id,
        "sku": sku,
        "price": Decimal("0.1"),
        "stock": 1,
        "active": False,
        "category_id": category_id,
    }


def test_an_empty_database_gets_the_seed_rows(store: Store) -> None:
    with store.transaction(writes=False) as work:
        assert [work.count(name, ()) for name in ("categories", "products", "orders")] == [2, 3, 2]


def test_values_come_back_as_they_went_in(store: Store) -> None:
    eastern = datetime(2026, 3, 1, 1, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    order: Row = {
        "_id": "o",
        "customer": "Ünï 🤖 'x' \\",
        "total": Decimal("12345678901.2345"),
        "placed_at": eastern,
        "product_id": None,
    }

    with store.transaction() as work:
        kept = work.insert("orders", order)

    assert kept == order
    assert isinstance(kept["placed_at"], datetime)
    assert kept["placed_at"].tzinfo is UTC
    with store.transaction(writes=False) as work:
        assert work.get("orders", "o") == order
        assert work.get("orders", "O") is None
        assert work.get("products", "robot") == {
            **product("robot"),
            "name": "Röböt 🤖",
            "price": None,
            "stock": 0,
            "category_id": "toys",
        }


def test_what_fails_in_a_transaction_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.transaction() as work:
            work.insert("categories", category("a"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    with store.transaction() as work:
        assert work.get("categories", "a") is None


def test_what_fails_in_a_savepoint_leaves_what_came_before(store: Store) -> None:
    def fail(work: Transaction) -> None:
        with work.savepoint():
            work.insert("categories", category("b"))
            raise ZeroDivisionError

    with store.transaction() as work:
        work.insert("categories", category("a"))
        with pytest.raises(ZeroDivisionError):
            fail(work)
        with work.savepoint():
            work.insert("categories", category("c"))

    with store.transaction(writes=False) as work:
        assert [bool(work.get("categories", each)) for each in "abc"] == [True, False, True]


def test_a_refused_write_leaves_the_transaction_usable(store: Store) -> None:
    with store.transaction() as work:
        work.insert("products", product("a", sku="s"))
        with pytest.raises(DuplicateKeyError, match=r"^another row of products has this _id$"):
            work.insert("products", product("a"))
        with pytest.raises(DuplicateKeyError, match=r"^another row of products has this sku$"):
            work.insert("products", product("b", sku="s"))
        with pytest.raises(
            InvalidRowError,
            match=r"^/category_id: expected the _id of a row of categories, saw another value$",
        ):
            work.insert("products", product("b", category_id="nosuch"))
        work.insert("products", product("b", category_id="toys"))
        with pytest.raises(DuplicateKeyError, match=r"^another row of products has this sku$"):
            work.update("products", "b", {"sku": "s"})
        with pytest.raises(InvalidRowError, match=r"^/category_id: "):
            work.update("products", "b", {"category_id": "nosuch", "sku": "t"})
        with pytest.raises(StillReferencedError, match=r"^another row refers to categories"):
            work.delete("categories", "toys")

    with store.transaction(writes=False) as work:
        assert work.get("products", "b") == product("b", category_id="toys")


def test_updates_and_deletions_tell_what_is_missing(store: Store) -> None:
    with store.transaction() as work:
        with pytest.raises(MissingRowError, match=r"^products has no row 'x'$"):
            work.update("products", "x", {"stock": 1})
        with pytest.raises(MissingRowError, match=r"^products has no row 'x'$"):
            work.update("products", "x", {})
        assert not work.delete("products", "x")
        assert work.delete("products", "robot")


def test_a_row_without_a_key_gets_a_fresh_one(store: Store) -> None:
    with store.transaction() as work:
        row = category("x")
        del row["_id"]
        assert work.insert("categories", row)["_id"] == "fresh-1"


def test_rows_come_in_the_order_asked_for_and_by_key_within_it(store: Store) -> None:
    query = Query(
        fields=("_id",), order=(Order(name="active", descending=True), Order(name="category_id"))
    )

    with store.transaction(writes=False) as work:
        found = work.find("products", query)

    assert [row["_id"] for row in found] == ["hammer", "saw", "robot"]


def test_a_decimal_is_compared_as_a_number(store: Store) -> None:
    below_20 = Condition(name="price", operator=Operator.LESS, value=Decimal(20))
    exactly = Condition(name="price", operator=Operator.EQUAL, value=Decimal("19.99"))

    with store.transaction(writes=False) as work:
        assert work.count("products", [below_20]) == 2
        assert work.count("products", [below_20, exactly]) == 1


def test_transactions_of_several_threads_do_not_mix(store: Store) -> None:
    def work_on(number: int) -> None:
        with store.transaction() as work:
            row = work.get("products", "robot")
            assert row is not None
            assert isinstance(row["stock"], int)
            work.insert("categories", category(f"thread-{number}"))
            work.update("products", "robot", {"name": f"robot {number}"})

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(work_on, range(40)))

    with store.transaction(writes=False) as work:
        assert work.count("categories", ()) == 42


def test_what_is_under_way_ends_before_the_database_is_closed() -> None:
    store = opened("sqlite://")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with store.transaction() as transaction:
            closing_it = pool.submit(store.close)
            with pytest.raises(concurrent.futures.TimeoutError):
                closing_it.result(timeout=0.2)
            assert transaction.count("categories", ()) == 2
        closing_it.result(timeout=20)


def test_a_file_keeps_its_rows_and_gets_no_seed_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rows.db"
    with closing(opened(url)) as store, store.transaction() as work:
        work.delete("products", "robot")

    with closing(opened(url)) as store, store.transaction(writes=False) as work:
        assert work.count("products", ()) == 2


@pytest.mark.parametrize(
    ("url", "line"),
    [
        pytest.param(
            "mysql://user:secret@h/d",
            "database: expected a sqlite: or postgresql: URL, saw 'mysql://user:***@h/d'",
            id="another database",
        ),
        pytest.param(
            "user:secret",
            "database: expected a database that opens, saw 'user:…'"
            " (Could not parse SQLAlchemy URL from given URL string)",
            id="no URL",
        ),
        pytest.param(
            "sqlite:////nonexistent/x.db",
            "database: expected a database that opens, saw 'sqlite:////nonexistent/x.db'"
            " ((sqlite3.OperationalError) unable to open database file)",
            id="no such folder",
        ),
        pytest.param(
            "postgresql+nosuchdriver://u:secret@h/d",
            "database: expected a database that opens, saw 'postgresql+nosuchdriver://u:***@h/d'"
            " (Can't load plugin: sqlalchemy.dialects:postgresql.nosuchdriver)",
            id="no such driver",
        ),
    ],
)
def test_a_database_that_does_not_open_is_told_in_one_line(url: str, line: str) -> None:
    with pytest.raises(InputError) as caught:
        opened(url)

    assert str(caught.value) == line


def test_an_unknown_entity_is_named_next_to_the_known_ones() -> None:
    with pytest.raises(
        UnknownEntityError, match=r"^expected one of categories, orders, products, saw 'x'$"
    ):
        entity_type("x")
