"""Imported by the fork server before its first fork: its children then have all that the run needs in memory."""

import json
import os

from cleaners.settings import Settings
from cleaners.worker import SETTINGS, settle, warm

warm(Settings(**json.loads(os.environ.get(SETTINGS, "{}"))))
settle()
