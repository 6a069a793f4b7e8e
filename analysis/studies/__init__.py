"""The registry of studies: every package here that defines STUDY."""

import importlib
import pkgutil

from analysis.errors import UnknownStudy
from analysis.study import Study

_MODULES = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
STUDIES: dict[str, Study] = {module.STUDY.slug: module.STUDY for module in _MODULES}


def study_of(slug: str) -> Study:
    """The study with that slug. Raises UnknownStudy, naming those that exist."""
    try:
        return STUDIES[slug]
    except KeyError:
        raise UnknownStudy(f"There is no study “{slug}”; known are: {', '.join(STUDIES)}.") from None
