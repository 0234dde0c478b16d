"""The rows that an empty database starts with, so that reads have something to read."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from reference_server.model import Row

#: A picture of one pixel (GIF), so that there is a binary value to read.
ICON: Final = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)

#: In an order in which every row comes after those that it refers to.
SEED: Final[tuple[tuple[str, tuple[Row, ...]], ...]] = (
    (
        "categories",
        (
            {"_id": "tools", "name": "Tools", "description": "Things to work with", "icon": ICON},
            {"_id": "toys", "name": "Toys", "description": None, "icon": None},
        ),
    ),
    (
        "products",
        (
            {
                "_id": "hammer",
                "name": "Hammer",
                "sku": "T-1",
                "price": Decimal("12.50"),
                "stock": 40,
                "active": True,
                "category_id": "tools",
            },
            {
                "_id": "saw",
                "name": "Saw",
                "sku": "T-2",
                "price": Decimal("19.99"),
                "stock": 15,
                "active": True,
                "category_id": "tools",
            },
            {
                "_id": "robot",
                "name": "Röböt 🤖",
                "sku": None,
                "price": None,
                "stock": 0,
                "active": False,
                "category_id": "toys",
            },
        ),
    ),
    (
        "orders",
        (
            {
                "_id": "order-1",
                "customer": "Ada",
                "total": Decimal("25.00"),
                "placed_at": datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
                "product_id": "hammer",
            },
            {
                "_id": "order-2",
                "customer": "Grace",
                "total": Decimal("19.99"),
                "placed_at": None,
                "product_id": "saw",
            },
        ),
    ),
)
