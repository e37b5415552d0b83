"""Claim, send, record: brings the outbox to its receivers, one delivery at a time for each of them."""

from watcher.deliver.lanes import Deliverer
from watcher.deliver.office import Desk
from watcher.deliver.placing import Manners, placement

__all__ = ["Deliverer", "Desk", "Manners", "placement"]
