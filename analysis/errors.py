"""Errors of studies and spatial queries. Each message gives what was found and what to do."""

from layers.errors import LayersError, WriteRefused


class UnknownStudy(LayersError):
    """No study has this slug."""


class BadParameter(LayersError):
    """A parameter a study does not have, or a value it does not take."""


class RulesInvalid(LayersError):
    """A rule set that cannot be read."""


class InputMissing(WriteRefused):
    """A layer that the study needs has no data."""


class UnknownResult(LayersError):
    """The link opens no result: there was none, or it has expired."""


class ParameterForbidden(LayersError):
    """The visitor's level does not permit other values of this parameter."""


class StudyBusy(LayersError):
    """Another trial run of the study is waiting or running; asking again a little later helps."""


class TooManyRuns(LayersError):
    """More trial runs than the portal allows in an hour."""


class BadQuestion(LayersError):
    """A spatial question with an unknown parameter, an unusable value, or parameters that contradict each other."""


class QueryBusy(LayersError):
    """The account has as many questions waiting or running as it may have."""
