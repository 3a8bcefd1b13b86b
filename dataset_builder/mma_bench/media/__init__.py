"""Operations on clips: probe, swap and remove sound, zero frames, standardise, read for a model.

Packets are copied wherever mp4 can carry them and browsers play them; nothing is decoded to be encoded again
unless its codec is outside `COPIED_VIDEO` and `COPIED_AUDIO`.
"""
