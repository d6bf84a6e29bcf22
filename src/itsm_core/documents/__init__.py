"""Documents that people write (TOML, JSON, YAML), read strictly: every fault, all of them at once.

`parse_document` turns a text into plain values and says where each key and value stands, by line
and column. `Table` hands out the values of a mapping file by key and type. Nothing is converted: a
text is not a number, and `1` is not `true` (law R7).
"""

from itsm_core.documents._parsing import FORMATS, Parsed, parse_document
from itsm_core.documents._places import KeyPath, Place, Spot, SyntaxFault, path_text
from itsm_core.documents._table import Faults, Table, read_document

__all__ = [
    "FORMATS",
    "Faults",
    "KeyPath",
    "Parsed",
    "Place",
    "Spot",
    "SyntaxFault",
    "Table",
    "parse_document",
    "path_text",
    "read_document",
]
