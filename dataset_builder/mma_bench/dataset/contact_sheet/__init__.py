"""Draw contact sheets: images of the media and the questions of rows."""

from mma_bench.dataset.contact_sheet.inspection import inspect
from mma_bench.dataset.contact_sheet.panel import Block, Panel
from mma_bench.dataset.contact_sheet.sheet import contact_sheet

__all__ = ["Block", "Panel", "contact_sheet", "inspect"]
