"""Writes of the segmentation room; each module holds one use-case, these names are its doors."""

from segmentation.services.claims import AlreadyTraining, Busy
from segmentation.services.features import refresh_features
from segmentation.services.freshness import reassign_changed
from segmentation.services.publication import CannotPublish, NeedsApproval, publish_run
from segmentation.services.training import train_run

__all__ = [
    "AlreadyTraining",
    "Busy",
    "CannotPublish",
    "NeedsApproval",
    "publish_run",
    "reassign_changed",
    "refresh_features",
    "train_run",
]
