"""How good a model is: folds, scores, and photographs unlike those trained on."""
