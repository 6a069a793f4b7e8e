"""Cutting ways into a network: by hand, by property, and against a graph made of the raw ways."""

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.osm.network import Crossings, segments

WAYS = st.lists(st.lists(st.integers(1, 12), min_size=2, max_size=9), min_size=1, max_size=7)


def cut(*ways, against=False, missing=()):
    """The pieces of ways given by their node ids, as (way number, piece name, nodes)."""
    crossings = Crossings()
    for way in ways:
        crossings.add(way)
    junctions = crossings.junctions()
    return [
        (number, piece.number, list(piece.nodes))
        for number, way in enumerate(ways)
        for piece in segments(
            [(node, None if node in missing else (float(node), 0.0)) for node in way], junctions, against=against
        )
    ]


def test_a_crossing_of_two_ways_cuts_both():
    assert cut([1, 2, 3], [4, 2, 5]) == [
        (0, "n1", [1, 2]),
        (0, "n2", [2, 3]),
        (1, "n4", [4, 2]),
        (1, "n2", [2, 5]),
    ]


def test_ways_that_meet_end_to_end_stay_whole():
    assert cut([1, 2, 3], [3, 4]) == [(0, "n1", [1, 2, 3]), (1, "n3", [3, 4])]


def test_a_closed_way_is_a_loop_and_is_cut_where_others_join():
    assert cut([1, 2, 3, 1]) == [(0, "n1", [1, 2, 3, 1])]
    assert cut([1, 2, 3, 1], [2, 9]) == [(0, "n1", [1, 2]), (0, "n2", [2, 3, 1]), (1, "n2", [2, 9])]


def test_a_way_that_crosses_itself_is_cut_there_and_its_pieces_have_names_of_their_own():
    assert cut([1, 2, 3, 4, 2, 5]) == [(0, "n1", [1, 2]), (0, "n2", [2, 3, 4, 2]), (0, "n2.2", [2, 5])]


def test_traffic_against_the_drawing_turns_the_pieces_but_not_their_names():
    assert cut([1, 2, 3], [2, 9], against=True)[:2] == [(0, "n1", [2, 1]), (0, "n2", [3, 2])]


def test_nodes_the_file_does_not_hold_end_a_piece():
    assert cut([1, 2, 3, 4, 5, 6, 7], missing=(3, 6)) == [(0, "n1", [1, 2]), (0, "n4", [4, 5])]


def test_a_node_drawn_twice_running_is_no_junction():
    assert cut([1, 2, 2, 3]) == [(0, "n1", [1, 2, 3])]


@given(WAYS)
def test_the_pieces_hold_every_step_of_every_way_once_and_meet_only_at_their_ends(ways):
    pieces = cut(*ways)
    steps = [tuple(step) for _, _, nodes in pieces for step in zip(nodes, nodes[1:], strict=False)]
    drawn = [step for way in ways for step in zip(way, way[1:], strict=False) if step[0] != step[1]]
    assert sorted(steps) == sorted(drawn)
    inner = [node for _, _, nodes in pieces for node in nodes[1:-1]]
    ends = {node for _, _, nodes in pieces for node in (nodes[0], nodes[-1])}
    assert len(inner) == len(set(inner))
    assert not ends & set(inner)
    names = [(way, name) for way, name, _ in pieces]
    assert len(names) == len(set(names))


@given(WAYS)
def test_the_network_is_connected_as_the_ways_are(ways):
    network, raw = networkx.MultiGraph(), networkx.Graph()
    for _, _, nodes in cut(*ways):
        network.add_edge(nodes[0], nodes[-1])
    for way in ways:
        raw.add_edges_from(step for step in zip(way, way[1:], strict=False) if step[0] != step[1])
    assert networkx.number_connected_components(network) == networkx.number_connected_components(raw)


@pytest.mark.parametrize("ways", [[[1, 1]], [[1, 2], [2, 1]]])
def test_degenerate_ways_do_no_harm(ways):
    assert all(len(nodes) > 1 for _, _, nodes in cut(*ways))
