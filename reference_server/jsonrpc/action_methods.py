"""action.*: named pieces of work on the store, each with a signature of its own.

Knows the actions and how their params are bound. Refuses to know SQL.
"""

from decimal import Decimal
from typing import Final

from reference_server.errors import InvalidRowError
from reference_server.json_text import Json
from reference_server.jsonrpc.binding import bind, carry_out
from reference_server.jsonrpc.errors import AppCode, InvalidParamsError, ParamError, RpcError
from reference_server.jsonrpc.methods import Method, Param, registry
from reference_server.jsonrpc.schema_check import Schema, one_of
from reference_server.model import INTEGER_MAX, INTEGER_MIN, entity_type
from reference_server.query import Query
from reference_server.rows import changes_in, row_out
from reference_server.store import Store

_PRODUCTS: Final = "products"


def actions(store: Store) -> dict[str, Method]:
    """Make the actions; an action is described and bound like a method."""

    def restock(product_id: str, amount: float) -> Json:
        with store.transaction() as work:
            row = work.get(_PRODUCTS, product_id)
            if row is None:
                raise RpcError(AppCode.NO_RECORD, "Record not found", {"id": product_id})
            stock = row["stock"]
            assert isinstance(stock, int)
            try:
                changes = changes_in(entity_type(_PRODUCTS), {"stock": stock + int(amount)})
                return row_out(work.update(_PRODUCTS, product_id, changes))
            except InvalidRowError as error:
                raise ParamError("amount", "", "a stock in range", "too much") from error

    def stock_value() -> Json:
        with store.transaction(writes=False) as work:
            rows = work.find(_PRODUCTS, Query(fields=("price", "stock")))
        total = sum((_value(row["price"], row["stock"]) for row in rows), Decimal(0))
        return row_out({"value": total})["value"]

    amount: Schema = {"type": "integer", "minimum": INTEGER_MIN, "maximum": INTEGER_MAX}
    return registry(
        [
            Method(
                name="restock",
                summary="Add to the stock of a product and return it",
                run=restock,
                params=(
                    Param(name="productId", schema={"type": "string"}),
                    Param(name="amount", schema=amount),
                ),
            ),
            Method(
                name="stockValue",
                summary="What the stock is worth",
                run=stock_value,
                result={"type": "number"},
                safe=True,
            ),
        ]
    )


def action_methods(known: dict[str, Method]) -> list[Method]:
    """Make the methods that list and execute actions."""

    def execute(name: str, params: Json) -> Json:
        action = known.get(name)
        if action is None:
            raise ParamError("name", "", one_of(known), "an unknown name")
        assert isinstance(params, (list, dict))
        try:
            return carry_out(action, bind(action, params))
        except InvalidParamsError as error:
            raise ParamError("params", error.pointer, error.expected, error.seen) from error

    return [
        Method(
            name="action.list",
            summary="The names of all actions",
            run=lambda: list(known),
            result={"type": "array", "items": {"type": "string"}},
            safe=True,
        ),
        Method(
            name="action.execute",
            summary="Carry out an action and return its result",
            run=execute,
            params=(
                Param(name="name", schema={"type": "string"}),
                Param(
                    name="params", schema={"type": ["array", "object"]}, required=False, default=[]
                ),
            ),
            blocks=True,
        ),
    ]


def _value(price: object, stock: object) -> Decimal:
    if price is None:
        return Decimal(0)
    assert isinstance(price, Decimal)
    assert isinstance(stock, int)
    return price * stock
