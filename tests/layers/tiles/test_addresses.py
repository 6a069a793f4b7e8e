"""Addresses of tiles are recognized among all addresses of the portal."""

import pytest
from django.urls import reverse

from layers.tiles.addresses import is_tile


def test_the_portal_s_own_address_of_a_tile_is_one():
    assert is_tile(reverse("tile", args=["flood-zones_1", 14, 9132, 5512]))


@pytest.mark.parametrize(
    "address",
    [
        "/ogc/collections/roads/tiles/WebMercatorQuad/14/5512/9132",
        "/ogc/tiles/WebMercatorQuad/14/5512/9132",
        "/tiles/roads.json",
        "/tiles/roads/14/9132/5512.mvt/",
        "/tiles/roads/14/9132/5512.mvt\n",
        "/tiles/roads/14/9132/5512.pdf",
        "/tiles/roads/14/9132/5512xmvt",
        "/tiles/roads/14/-1/5512.mvt",
        "/tiles//14/9132/5512.mvt",
        "/x/tiles/roads/14/9132/5512.mvt",
        "/query/results/abc.mvt",
    ],
)
def test_no_other_address_is_one(address):
    assert not is_tile(address)
