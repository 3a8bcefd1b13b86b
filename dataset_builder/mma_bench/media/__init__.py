"""Operations on clips: probe, swap and remove the sound, zero the frames, standardise, read for a model.

Packets are copied wherever mp4 can carry them and browsers play them. A stream is encoded again only if its codec is
not in `COPIED_VIDEO` or `COPIED_AUDIO`.
"""
