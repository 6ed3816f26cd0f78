// Full screen and picture in picture, where the browser has them: asked by feature, the prefixed ones are Safari's.

export function fullScreen(stage, video) {
  const enter = stage.requestFullscreen ?? video.webkitEnterFullscreen; // the latter: iPhone, the video alone
  return {
    possible: Boolean(enter),
    inside: () => document.fullscreenElement === stage,
    toggle() {
      if (document.fullscreenElement) return document.exitFullscreen();
      return enter?.call(stage.requestFullscreen ? stage : video);
    },
  };
}

export function pictureInPicture(video) {
  const standard = document.pictureInPictureEnabled && video.requestPictureInPicture;
  const safari = video.webkitSupportsPresentationMode?.('picture-in-picture');
  return {
    possible: Boolean(standard || safari),
    inside: () => document.pictureInPictureElement === video || video.webkitPresentationMode === 'picture-in-picture',
    async toggle() {
      if (standard) await (this.inside() ? document.exitPictureInPicture() : video.requestPictureInPicture());
      else if (safari) video.webkitSetPresentationMode(this.inside() ? 'inline' : 'picture-in-picture');
    },
  };
}
