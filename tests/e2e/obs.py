"""OBS without a mouse: the files that its settings dialogue would write, from what `envivo urls` prints."""

import json
from collections.abc import Mapping

NAME = "test"
LINE = (
    "xvfb-run -a -s '-screen 0 1024x768x24' obs"
    f" --profile {NAME} --collection {NAME} --scene Picture --startstreaming --minimize-to-tray --multi"
    " --disable-updater --disable-missing-files-check --disable-shutdown-check"
)
CONFIGURATION = ".config/obs-studio"
_VERSIONS = "Pre19Defaults Pre21Defaults Pre23Defaults Pre24.1Defaults"


def files(stream: Mapping[str, str], x264_options: str) -> dict[str, str]:
    """By name below CONFIGURATION. `stream`: Server and Stream Key; `x264_options`: Custom Encoder Settings."""
    service = {"server": stream["Server"], "key": stream["Stream Key"], "use_auth": False}
    profile = f"basic/profiles/{NAME}"
    return {
        "global.ini": _ini(
            General={"FirstRun": "true", **dict.fromkeys(_VERSIONS.split(), "false")},
            Basic={"Profile": NAME, "ProfileDir": NAME, "SceneCollection": NAME, "SceneCollectionFile": NAME},
            BasicWindow={"SysTrayEnabled": "true", "WarnBeforeStartingStream": "false"},
        ),
        f"{profile}/basic.ini": _ini(
            General={"Name": NAME},
            Video={"BaseCX": 640, "BaseCY": 360, "OutputCX": 640, "OutputCY": 360, "FPSCommon": 30},
            Output={"Mode": "Simple"},
            SimpleOutput={"StreamEncoder": "x264", "UseAdvanced": "true", "x264Settings": x264_options},
        ),
        f"{profile}/service.json": json.dumps({"type": "rtmp_custom", "settings": service}),
        f"basic/scenes/{NAME}.json": json.dumps(_scene()),
    }


def _ini(**sections: Mapping[str, object]) -> str:
    return "\n".join(
        f"[{section}]\n" + "".join(f"{key}={value}\n" for key, value in keys.items())
        for section, keys in sections.items()
    )


def _scene() -> dict[str, object]:
    """One scene with a test picture that moves."""
    picture = {"is_local_file": False, "input_format": "lavfi", "input": "testsrc2=size=640x360:rate=30"}
    item = {"id": 1, "name": "Moving", "visible": True}
    return {
        "name": NAME,
        "current_scene": "Picture",
        "current_program_scene": "Picture",
        "scene_order": [{"name": "Picture"}],
        "sources": [
            {"id": "ffmpeg_source", "name": "Moving", "settings": picture},
            {"id": "scene", "name": "Picture", "settings": {"id_counter": 1, "items": [item]}},
        ],
    }
