"""What VGG-16 and the color say of each pixel."""

from corewidgets.features.compiled import keep_compiled_programs

keep_compiled_programs()
