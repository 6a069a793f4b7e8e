"""What values mean: classes of air, rivers, forest litter, structures and gas, and how fresh a value is.

Pure functions of numbers and times, without database and framework, so that map, card, chart, table and API show the
same. Each result is a `meanings.Meaning`. Numbers of laws and of the project's rules stand in the TOML files of this
folder, with their source and how sure they are; a city changes a copy.

Decisions of 2026-11-30. A value is compared as it is, without rounding to the digits of a limit; only the noise of
binary fractions is removed (`means.NOISE_DECIMALS`). A gauge that was silent too long starts anew, without memory of
its former state. A day without a reading of litter breaks a row of dry days. Where a validity date is not known, the
table is never chosen by date.
"""
