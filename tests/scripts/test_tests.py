"""scripts/test: a cluster for tests alone, and nothing of the portal's."""

import psycopg2
import pytest


@pytest.mark.thorough
def test_tests_run_in_a_cluster_of_their_own_that_stop_ends(empty_installation):
    said = empty_installation.run("test", "tests/test_times.py").stdout
    assert "1 passed" in said
    assert not (empty_installation.local / "postgres").exists()
    url = (empty_installation.local / "tests/database-url").read_text().strip().replace("postgis:", "postgresql:", 1)
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes')")
        assert dict(cursor.fetchall()) == {"fsync": "off", "full_page_writes": "off"}
    connection.close()
    empty_installation.run("stop")
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(url)


def test_all_takes_no_choice_of_tests(empty_installation):
    refused = empty_installation.run("test", "--all", "tests/layers", check=False)
    assert (refused.returncode, refused.stderr.splitlines()[0]) == (1, "error: --all takes no options of pytest")
