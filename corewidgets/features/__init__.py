"""What VGG-16 and the color say of each pixel."""
