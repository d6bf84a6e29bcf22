"""The single point of contact: channels, contact records, guarantees, ticket numbers (laws D1, D2).

A contact is a record of its own, with or without a ticket. Occurred, reported and registered are
three instants; which of them the clocks start from is the agreement's to say, by channel. Who knows
no number finds a ticket by requester, service and words.
"""

from itsm_core.contacts._channels import Channel, Channels
from itsm_core.contacts._contact import Contact, contacts_of
from itsm_core.contacts._find import Asked, Filed, Found, HistoryShelf, Shelf, find_tickets
from itsm_core.contacts._guarantee import Earns, Entitlement, Guarantee
from itsm_core.contacts._late import Views, both_views, register_late
from itsm_core.contacts._numbers import TicketNumbers

__all__ = [
    "Asked",
    "Channel",
    "Channels",
    "Contact",
    "Earns",
    "Entitlement",
    "Filed",
    "Found",
    "Guarantee",
    "HistoryShelf",
    "Shelf",
    "TicketNumbers",
    "Views",
    "both_views",
    "contacts_of",
    "find_tickets",
    "register_late",
]
