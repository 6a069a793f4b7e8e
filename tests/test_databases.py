"""A test finds the rows that the migrations left, whoever wrote before it."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from geoportal.accounts.roles import ROLES
from layers.runs.models import Dataset, DatasetKind
from tests import databases
from tests.databases import MadeOnce
from tests.factories import building, load


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_transactional_test_leaves_the_rows_that_it_found(turn):
    """Both turns find the same, although each empties one table and fills another."""
    assert Group.objects.count() == len(ROLES)
    assert not Dataset.objects.exists()
    Group.objects.all().delete()
    load("buildings", [building("b1")])


@pytest.mark.django_db(transaction=True)
def test_rows_are_put_back_into_tables_with_computed_columns():
    load("buildings", [building("b1")])
    kept = databases.rows()
    load("buildings", [building("b2", 50)])
    assert len(kept["layers_building"].splitlines()) == 1
    databases.put_back(kept)
    assert databases.rows() == kept


@pytest.mark.django_db
def test_a_copy_of_a_database_lets_in_whom_its_template_lets_in():
    """Rights to connect are the server's, not the database's, so CREATE DATABASE does not copy them."""
    sql = "SELECT has_database_privilege(rolname, current_database(), 'CONNECT') FROM pg_roles WHERE rolname = %s"
    with connection.cursor() as cursor:
        cursor.execute(sql, ["geoportal_public"])
        assert cursor.fetchone() == (True,)
        cursor.execute(sql, ["pg_monitor"])  # a role that nobody granted anything
        assert cursor.fetchone() == (False,)


class Town:
    """A fill that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> None:
        self.calls += 1
        load("buildings", [building("b1"), building("b2", 50)])


@pytest.mark.django_db(transaction=True)
def test_what_is_made_once_is_copied_in_where_the_tables_are_as_they_were():
    town = Town()
    once, empty = MadeOnce(town), databases.rows()
    once()
    first = databases.rows()
    databases.put_back(empty)
    once()
    assert town.calls == 1
    assert databases.rows() == first
    load("buildings", [building("b3", 100)])  # numbers go on behind those of the copied rows
    assert DatasetKind.objects.get(kind="buildings").current_rows == 3


@pytest.mark.django_db(transaction=True)
def test_what_is_made_once_is_made_again_where_something_stands_already():
    town = Town()
    once, empty = MadeOnce(town), databases.rows()
    once()
    databases.put_back(empty)
    load("buildings", [building("b9", 200)])
    once()
    assert town.calls == 2
    assert DatasetKind.objects.get(kind="buildings").current_rows == 3
