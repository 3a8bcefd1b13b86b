"""A picture for a person to look at: what a row shows, what it sounds like and what it asks."""

from mma_bench.dataset.contact_sheet.inspection import inspect
from mma_bench.dataset.contact_sheet.panel import Block, Panel
from mma_bench.dataset.contact_sheet.sheet import contact_sheet

__all__ = ["Block", "Panel", "contact_sheet", "inspect"]
