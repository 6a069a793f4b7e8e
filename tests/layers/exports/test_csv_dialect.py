"""CSV text, written out by hand, and the cells that a spreadsheet would compute."""

import pytest

from layers.exports.csv_dialect import csv_text


def test_cells_are_quoted_where_they_must_be():
    assert csv_text([["a", None, 1.5, True], ['x,"\ny', "ż", "", "=1+1"]]) == 'a,,1.5,True\r\n"x,""\ny",ż,,=1+1\r\n'
    assert csv_text([["a;b", "1,5"]], delimiter=";") == '"a;b";1,5\r\n'
    assert csv_text([]) == ""


@pytest.mark.parametrize("cell", ["=1+1", "+48 41 36 76 000", "-x", "@SUM(A1)", "\tx", "-"])
def test_a_formula_is_made_a_text_for_spreadsheets(cell):
    assert csv_text([[cell, "b"]], for_spreadsheets=True) == f"'{cell},b\r\n"


@pytest.mark.parametrize("cell", ["-5", "-1,5", "+3.25", "a=b", "", "'=1"])
def test_numbers_and_other_texts_stay_as_they_are(cell):
    assert csv_text([[cell, "b"]], delimiter=";", for_spreadsheets=True) == f"{cell};b\r\n"


def test_values_that_are_no_texts_stay_as_they_are():
    assert csv_text([[-5, None, -1.5]], for_spreadsheets=True) == "-5,,-1.5\r\n"
