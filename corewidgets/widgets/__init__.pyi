from .feature_explorer import FeatureExplorer as FeatureExplorer
from .labeler import Labeler as Labeler
from .lane_editor import LaneEditor as LaneEditor
from .overlay import Overlay as Overlay
from .stage.links import link_viewports as link_viewports
from .stage.stage import Stage as Stage
from .trainer import Trainer as Trainer
from .workbench import Workbench as Workbench
