"""What every other room stands on: errors, files, processes, signals, records. Imports nothing of ours."""
