"""The people: heads made by code, their shapes, joints and looks."""
