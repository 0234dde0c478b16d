"""What makes entities of the documents that the tests share."""

import pytest

from conformance.discovery.csdl_xml import read_csdl_xml
from conformance.discovery.odata_entity import EntityMaker
from tests.conformance.discovery.documents import SHOP, TRADE, TRAVEL, TWIN_XML, one_type


def maker(document: bytes, set_name: str, *, seed: str = "r1") -> EntityMaker:
    metadata = read_csdl_xml(document)
    return EntityMaker(metadata, metadata.sets[set_name], seed=seed)


def things(properties: str, *, annotations: str = "", more: str = "") -> EntityMaker:
    return maker(one_type(properties, annotations=annotations, more=more), "Things")


SETS = [
    pytest.param(TRAVEL, "People", id="open"),
    pytest.param(TRAVEL, "Airports", id="complex"),
    pytest.param(TRADE, "Products", id="foreign keys"),
    pytest.param(TRADE, "Order_Details", id="two keys"),
    pytest.param(SHOP, "Books", id="managed"),
    pytest.param(TWIN_XML, "Items", id="4.01"),
]
