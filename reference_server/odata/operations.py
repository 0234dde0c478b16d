"""The action import `restock` and the function import `stockValue` (Protocol 11.5).

They are the actions of the JSON-RPC half. Refuses to know how a request came.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from reference_server.errors import InvalidRowError
from reference_server.json_text import Json, write
from reference_server.model import Property, Value, entity_type
from reference_server.odata.call import Call
from reference_server.odata.entities import entity_of, exact_text
from reference_server.odata.errors import Code, not_allowed, refused
from reference_server.odata.message import READS, Response
from reference_server.odata.negotiation import Metadata
from reference_server.odata.payload import object_body
from reference_server.odata.query_options import NOTHING_ASKED, refuse_options
from reference_server.odata.reading import Reading
from reference_server.query import Query
from reference_server.rows import changes_in, row_out, value_in
from reference_server.store import Transaction

PRODUCTS: Final = "products"
RESTOCK: Final = "restock"
STOCK_VALUE: Final = "stockValue"

#: Parameters of the action, each with the property whose values it takes.
RESTOCK_PARAMETERS: Final[Mapping[str, Property]] = {
    "productId": entity_type(PRODUCTS).properties[0],
    "amount": next(each for each in entity_type(PRODUCTS).properties if each.name == "stock"),
}


def carry_out(call: Call, work: Transaction, reading: Reading) -> Response:
    """Answer the call of an operation.

    Raises:
        ODataError: the method, a parameter or an option is wrong, or the product is missing.
    """
    refuse_options(call.url.options)
    if call.url.path.name == STOCK_VALUE:
        return _stock_value(call, work)
    return _restock(call, work, reading)


def _restock(call: Call, work: Transaction, reading: Reading) -> Response:
    if call.request.method != "POST" or call.url.path.arguments is not None:
        raise not_allowed(call.request.method, "POST")
    given = _parameters(object_body(call.request))
    product_id, amount = given["productId"], given["amount"]
    row = work.get(PRODUCTS, str(product_id), to_change=True)
    if row is None:
        raise refused(404, Code.NOT_FOUND, "there is no such product", "productId")
    stock = row["stock"]
    assert isinstance(stock, int)
    assert isinstance(amount, int)
    try:
        changes = changes_in(entity_type(PRODUCTS), {"stock": stock + amount})
    except InvalidRowError as error:
        raise refused(
            400, Code.INVALID_PROPERTY, "the stock would be too much", "amount"
        ) from error
    kept = work.update(PRODUCTS, str(product_id), changes)
    return reading.entity(call, work, entity_of(PRODUCTS, kept), NOTHING_ASKED)


def _parameters(given: Mapping[str, Json]) -> dict[str, Value]:
    plain = {name: value for name, value in given.items() if "@" not in name}
    if plain.keys() != RESTOCK_PARAMETERS.keys():
        expected = " and ".join(RESTOCK_PARAMETERS)
        raise refused(400, Code.INVALID_BODY, f"expected the parameters {expected}")
    return {name: value_in(RESTOCK_PARAMETERS[name], plain[name], name) for name in plain}


def _stock_value(call: Call, work: Transaction) -> Response:
    if call.request.method not in READS:
        raise not_allowed(call.request.method, "GET")
    if call.url.path.arguments:
        raise refused(400, Code.INVALID_URL, f"{STOCK_VALUE} has no parameters")
    rows = work.find(PRODUCTS, Query(fields=("price", "stock")))
    total = sum((_worth(row["price"], row["stock"]) for row in rows), Decimal(0))
    form = call.form
    value = row_out({"value": total})["value"]
    told: dict[str, Json] = {"value": exact_text(value) if form.exact else value}
    if form.metadata is not Metadata.NONE:
        told = {f"{form.prefix}context": f"{call.request.root}/$metadata#Edm.Decimal", **told}
    return call.whole(form.content_type, write(told))


def _worth(price: Value, stock: Value) -> Decimal:
    if price is None:
        return Decimal(0)
    assert isinstance(price, Decimal)
    assert isinstance(stock, int)
    return price * stock
