"""A mesh and its motion as USD (.usd, .usda, .usdc): a UsdSkel character for Omniverse, Houdini, Maya, Blender.

y up, z ahead, [m]; a time code is a frame. The one door to usd-core.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import numpy as np

from visavis.core.errors import VisavisError, missing_extra
from visavis.core.files import written_whole
from visavis.core.motion import Motion
from visavis.view.exports.glb_figure import STILL, target_name
from visavis.view.mesh import Mesh, normals
from visavis.view.posing import Posing, posing

if TYPE_CHECKING:
    from pxr import Usd

_ROOT = "/Face"
_LEAST = 1e-6


def write_usd(path: str | os.PathLike[str], mesh: Mesh, motion: Motion | None = None) -> None:
    """Write a mesh, and motion of any space that can be shown, at the motion's frame rate.

    Raises `VisavisError` for a mesh without faces, for a space that cannot be shown, where usd-core is missing, and
    where the place cannot be written.
    """
    try:
        from pxr import Usd, UsdGeom, UsdSkel
    except ImportError as error:
        raise missing_extra("usd-core", "usd", "writing USD") from error
    if not len(mesh.vertices) or not len(mesh.faces):
        raise VisavisError(f"{path}: a mesh of {len(mesh.vertices)} vertices and {len(mesh.faces)} faces is nothing")
    pose = None if motion is None else posing(motion)
    with written_whole(path) as temporary:
        stage = Usd.Stage.CreateNew(str(temporary))
        UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
        UsdGeom.SetStageMetersPerUnit(stage, 1.0)
        stage.SetDefaultPrim(UsdSkel.Root.Define(stage, _ROOT).GetPrim())
        _skeleton(stage, mesh)
        _skin(stage, mesh)
        if motion is not None and pose is not None:
            stage.SetTimeCodesPerSecond(motion.fps)
            stage.SetFramesPerSecond(motion.fps)
            stage.SetStartTimeCode(0)
            stage.SetEndTimeCode(len(motion) - 1)
            _animation(stage, mesh, pose)
        stage.GetRootLayer().Save()


def _tokens(mesh: Mesh) -> list[str]:
    """The joints as paths: Body, Body/Head, Body/Head/LeftEye, ..."""
    paths: dict[str | None, str] = {None: STILL}
    for joint in mesh.joints:
        paths[joint.name] = f"{paths[joint.parent]}/{joint.name}"
    return list(paths.values())


def _skeleton(stage: Usd.Stage, mesh: Mesh) -> None:
    from pxr import Gf, UsdSkel

    skeleton = UsdSkel.Skeleton.Define(stage, f"{_ROOT}/Skeleton")
    skeleton.CreateJointsAttr(_tokens(mesh))
    places = [np.zeros(3), *(np.asarray(joint.at) for joint in mesh.joints)]
    skeleton.CreateBindTransformsAttr([Gf.Matrix4d(1).SetTranslate(Gf.Vec3d(*map(float, place))) for place in places])
    skeleton.CreateRestTransformsAttr([Gf.Matrix4d(1).SetTranslate(Gf.Vec3d(*map(float, s))) for s in _steps(mesh)])


def _steps(mesh: Mesh) -> list[np.ndarray]:
    """Where each joint is, seen from the one above it."""
    place = {joint.name: np.asarray(joint.at) for joint in mesh.joints}
    return [np.zeros(3), *(place[j.name] - (0 if j.parent is None else place[j.parent]) for j in mesh.joints)]


def _skin(stage: Usd.Stage, mesh: Mesh) -> None:
    from pxr import UsdGeom, UsdSkel, Vt

    skin = UsdGeom.Mesh.Define(stage, f"{_ROOT}/Skin")
    facing = normals(mesh.vertices, mesh.faces)
    skin.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(mesh.vertices)))
    skin.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(mesh.faces), 3, np.int32)))
    skin.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(mesh.faces.astype(np.int32).ravel()))
    skin.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    skin.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(facing))
    skin.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    if mesh.colours is not None:
        colour = skin.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex)
        colour.Set(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(mesh.colours[:, :3])))
    binding = UsdSkel.BindingAPI.Apply(skin.GetPrim())
    binding.CreateSkeletonRel().SetTargets([f"{_ROOT}/Skeleton"])
    shares = np.concatenate([1 - mesh.following.sum(axis=1, keepdims=True), mesh.following], axis=1).astype(np.float32)
    joints = np.broadcast_to(np.arange(shares.shape[1], dtype=np.int32), shares.shape)
    binding.CreateJointIndicesPrimvar(False, shares.shape[1]).Set(Vt.IntArray.FromNumpy(joints.ravel()))
    binding.CreateJointWeightsPrimvar(False, shares.shape[1]).Set(Vt.FloatArray.FromNumpy(shares.ravel()))
    if mesh.names:
        binding.CreateBlendShapesAttr([target_name(name) for name in mesh.names])
        binding.CreateBlendShapeTargetsRel().SetTargets(
            [_shape(stage, mesh, i, facing) for i in range(len(mesh.names))]
        )


def _shape(stage: Usd.Stage, mesh: Mesh, number: int, facing: np.ndarray) -> str:
    """The path of a shape; only the points that it moves are kept."""
    from pxr import UsdSkel, Vt

    place = f"{_ROOT}/Skin/{re.sub(r'[^A-Za-z0-9_]', '_', target_name(mesh.names[number]))}_{number}"
    shape, offsets = UsdSkel.BlendShape.Define(stage, place), mesh.offsets[number]
    rows = np.flatnonzero((np.abs(offsets) > _LEAST).any(axis=1))
    turned = normals(mesh.vertices + offsets, mesh.faces) - facing
    shape.CreateOffsetsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(offsets[rows])))
    shape.CreateNormalOffsetsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(turned[rows])))
    shape.CreatePointIndicesAttr(Vt.IntArray.FromNumpy(rows.astype(np.int32)))
    return place


def _animation(stage: Usd.Stage, mesh: Mesh, pose: Posing) -> None:
    from pxr import Gf, UsdSkel, Vt

    animation = UsdSkel.Animation.Define(stage, f"{_ROOT}/Animation")
    skeleton = stage.GetPrimAtPath(f"{_ROOT}/Skeleton")
    UsdSkel.BindingAPI.Apply(skeleton).CreateAnimationSourceRel().SetTargets([f"{_ROOT}/Animation"])
    joints, turns = _tokens(mesh), pose.turns_of(mesh)
    animation.CreateJointsAttr(joints)
    animation.CreateTranslationsAttr([Gf.Vec3f(*map(float, step)) for step in _steps(mesh)])
    animation.CreateScalesAttr([Gf.Vec3h(1, 1, 1)] * len(joints))
    rotations, weights = animation.CreateRotationsAttr(), animation.CreateBlendShapeWeightsAttr()
    animation.CreateBlendShapesAttr([target_name(name) for name in mesh.names])
    shown = pose.for_mesh(mesh)
    still = np.array([1.0, 0.0, 0.0, 0.0])
    for frame in range(len(shown)):
        now = [still, *(turns[joint.name][frame] if joint.name in turns else still for joint in mesh.joints)]
        rotations.Set(Vt.QuatfArray([Gf.Quatf(*map(float, turn)) for turn in now]), frame)
        weights.Set(Vt.FloatArray.FromNumpy(np.ascontiguousarray(shown[frame])), frame)
