from ._stage import Stage as Stage
from ._stage import link_viewports as link_viewports
from .labeler import Labeler as Labeler
