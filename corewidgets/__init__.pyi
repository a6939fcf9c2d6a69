from .atomic import atomic_write as atomic_write
from .classifier import PixelClassifier as PixelClassifier
from .datasets import Sample as Sample
from .datasets import chicxulub_72_2 as chicxulub_72_2
from .datasets import sample_core as sample_core
from .evaluation import Evaluation as Evaluation
from .evaluation import evaluate as evaluate
from .hypercolumns import Hypercolumns as Hypercolumns
from .label_files import read_labels as read_labels
from .label_files import write_labels as write_labels
from .legend import Legend as Legend
from .model_file import load_model as load_model
from .model_file import save_model as save_model
from .rendering import plot_confusion as plot_confusion
from .rendering import plot_feature_maps as plot_feature_maps
from .rendering import plot_labels as plot_labels
from .rendering import plot_photograph as plot_photograph
from .rendering import plot_poster as plot_poster
from .rendering import plot_segmentation as plot_segmentation
from .rendering import plot_uncertainty as plot_uncertainty
from .rendering import save_figure as save_figure
from .section import CoreSection as CoreSection
from .section import read_section as read_section
from .weights import load_weights as load_weights

__version__: str
