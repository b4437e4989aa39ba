"""Keys of rows in addresses: what no database can hold is refused before one is asked."""

from typing import Annotated, Final

from fastapi import Path

LARGEST: Final = 2**31 - 1
"""PostgreSQL's `integer`, which keys are."""

RowKey = Annotated[int, Path(ge=1, le=LARGEST)]
