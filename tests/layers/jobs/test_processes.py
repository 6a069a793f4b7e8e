"""Heartbeats of processes: what `/health` shows of them, and when they stop."""

import os
import subprocess
import time
from datetime import timedelta

import pytest
from django.utils.timezone import now

from layers.jobs import processes
from layers.jobs.processes import DEAD_AFTER, FORGOTTEN_AFTER, Heartbeat, ProcessBeat, states


def beat_of(name: str, **fields: object) -> ProcessBeat:
    return ProcessBeat.objects.create(**{"name": name, "host": "elsewhere", "pid": 1} | fields)


@pytest.mark.django_db
def test_a_process_is_up_dead_or_missing():
    beat_of("web", beat_at=now() - timedelta(seconds=3))
    beat_of("web", pid=2, beat_at=now() - DEAD_AFTER - timedelta(seconds=3))
    beat_of("listener")
    found = [(one.name, one.state) for one in states(["schedule", "web"])]
    assert found == [("schedule", "missing"), ("web", "up"), ("web", "dead"), ("listener", "up")]
    assert 3 <= (states(["web"])[0].beat_seconds or 0) < 10


@pytest.mark.django_db
def test_health_names_every_process_and_keeps_its_other_words(client, settings):
    settings.MOSQUITTO = "/usr/sbin/mosquitto"
    Heartbeat("worker-bulk").register()
    answer = client.get("/health").json()
    assert set(answer) == {"status", "time", "database", "worker", "processes", "studies"}
    named = {one["name"]: one["state"] for one in answer["processes"]}
    names = ("web", "worker-alerts", "worker-default", "schedule", "broker", "listener", "publisher")
    missing = dict.fromkeys(names, "missing")
    assert named == missing | {"worker-bulk": "up"}
    settings.MOSQUITTO = ""
    assert not {one["name"] for one in client.get("/health").json()["processes"]} & {
        "broker",
        "listener",
        "publisher",
    }


@pytest.mark.django_db
def test_a_job_is_shown_while_it_lasts():
    heartbeat = Heartbeat("worker-bulk")
    heartbeat.begin("analysis.tasks.study_run")
    heartbeat.beat()
    (state,) = states(["worker-bulk"])
    assert state.job == "analysis.tasks.study_run" and state.job_seconds is not None
    heartbeat.end()
    heartbeat.beat()
    (state,) = states(["worker-bulk"])
    assert (state.job, state.job_seconds) == ("", None)
    heartbeat.stop()
    assert not ProcessBeat.objects.exists()


@pytest.mark.django_db
def test_a_new_process_takes_away_the_rows_of_those_that_are_gone():
    ended = subprocess.Popen(["true"])
    ended.wait()
    here = Heartbeat("web")._row["host"]
    beat_of("web", host=here, pid=ended.pid)
    beat_of("web", pid=2, beat_at=now() - FORGOTTEN_AFTER - timedelta(seconds=1))
    others = [beat_of("web", host=here, pid=os.getppid()), beat_of("web"), beat_of("schedule", pid=ended.pid)]
    Heartbeat("web").register()
    assert set(ProcessBeat.objects.exclude(pid=os.getpid())) == set(others)


@pytest.mark.django_db(transaction=True)
def test_a_loop_that_does_not_turn_does_not_beat(monkeypatch):
    monkeypatch.setattr(processes, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(processes, "DEAD_AFTER", timedelta(seconds=0.3))
    heartbeat = Heartbeat("worker-bulk", loops=True)
    heartbeat.start()
    try:
        time.sleep(1.2)
        silent = ProcessBeat.objects.get().beat_at
        assert now() - silent > timedelta(seconds=0.5)
        heartbeat.begin("a.long.task")
        time.sleep(0.5)
        assert ProcessBeat.objects.get().beat_at > silent
    finally:
        heartbeat.stop()
    assert not ProcessBeat.objects.exists()
