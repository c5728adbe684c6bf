"""Imported by the fork server before its first fork: its children then have rules and libraries in memory."""

import json
import os

from cleaners.settings import Settings
from cleaners.worker import RULE_FILES, warm

warm(Settings(rule_files=json.loads(os.environ.get(RULE_FILES, "[]"))))
