"""The faults studies know. Each message says what was found and what to do."""

from layers.errors import LayersError, WriteRefused


class UnknownStudy(LayersError):
    """A slug that names no study."""


class BadParameter(LayersError):
    """A parameter a study does not have, or a value it does not take."""


class RulesInvalid(LayersError):
    """A rule set that cannot be read."""


class InputMissing(WriteRefused):
    """A layer the study needs holds no data."""


class UnknownResult(LayersError):
    """A link to a private result that is not there, or no more."""


class ParameterForbidden(LayersError):
    """A parameter that whoever asks may not try other values of."""


class StudyBusy(LayersError):
    """Another trial run of the study is waiting or running; asking again a little later helps."""


class TooManyRuns(LayersError):
    """More trial runs than the portal allows in an hour."""


class BadQuestion(LayersError):
    """A spatial question with a word it does not have, or one that makes no sense beside the others."""


class QueryBusy(LayersError):
    """Somebody already has as many questions running as one account may."""
