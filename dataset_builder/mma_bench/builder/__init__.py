"""The builder: from listed clips to the folder that `load_dataset` reads."""
