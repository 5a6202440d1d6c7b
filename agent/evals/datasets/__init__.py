"""Datasets in their official schemas, from a file or from the hub by name."""

from agent.evals.datasets.loading import load
from agent.evals.datasets.options import LoadOptions
from agent.evals.datasets.registry import schemas
from agent.evals.datasets.schema import Malformed, Opening, Schema

__all__ = ["LoadOptions", "Malformed", "Opening", "Schema", "load", "schemas"]
