"""The import map of the map page: its names lead to files, and the policy allows it by its hash."""

import base64
import hashlib
import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from geoportal.http.import_map import MODULES


@pytest.mark.django_db
def test_the_only_inline_script_is_the_import_map_which_the_policy_names_by_its_hash():
    page = Client().get("/")
    (text,) = re.findall(r'<script type="importmap">(.*?)</script>', page.content.decode())
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    (scripts,) = re.findall(r"script-src ([^;]*);", page["Content-Security-Policy"])
    assert scripts == f"'self' 'sha256-{digest}'"
    assert json.loads(text)["imports"] == {name: f"/static/{path}" for name, path in MODULES.items()}


def test_the_libraries_are_where_the_import_map_says():
    assert [path for path in MODULES.values() if finders.find(path) is None] == []
