/** The microphone: permission, devices, level and recording, with no page around it. */

const TYPES = ["audio/webm;codecs=opus", "audio/webm", "audio/mp4", "audio/ogg;codecs=opus"];
/** @type {Record<string, string>} */
const ENDINGS = { "audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg" };

/** What went wrong, in words for the person in front of it. */
export class MicrophoneError extends Error {
  /** @param {string} title @param {string} message */
  constructor(title, message) {
    super(message);
    this.title = title;
  }
}

const UPLOAD_INSTEAD = "You can upload a file instead.";

/** @param {string} name of a DOMException @returns {MicrophoneError} */
function explain(name) {
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return new MicrophoneError(
        "The microphone was refused",
        `Allow it in the site settings beside the address, then try again. ${UPLOAD_INSTEAD}`,
      );
    case "NotFoundError":
    case "OverconstrainedError":
      return new MicrophoneError("No microphone was found", `Plug one in, then try again. ${UPLOAD_INSTEAD}`);
    default:
      return new MicrophoneError(
        "The microphone cannot be opened",
        `Another program may be using it. Close that program, then try again. ${UPLOAD_INSTEAD}`,
      );
  }
}

/**
 * The recording format: the first the browser can make.
 *
 * WebKit says it can make WebM and then breaks, so it is asked for MP4 first.
 * @returns {string} a MIME type, empty where none of ours can be made
 */
function recordingType() {
  const webKit = navigator.vendor.startsWith("Apple");
  const types = webKit ? ["audio/mp4", ...TYPES] : TYPES;
  return types.find((type) => MediaRecorder.isTypeSupported(type)) ?? "";
}

/** @throws {MicrophoneError} where this page or this browser cannot record at all */
function checkAbility() {
  if (!window.isSecureContext) {
    throw new MicrophoneError(
      "This address is not secure",
      `Browsers lend the microphone only to pages opened over HTTPS or on localhost. ${UPLOAD_INSTEAD}`,
    );
  }
  if (!navigator.mediaDevices?.getUserMedia || typeof MediaRecorder === "undefined" || !recordingType()) {
    throw new MicrophoneError("This browser cannot record", UPLOAD_INSTEAD);
  }
}

/** One open microphone. Fires `lost` when the device disappears. */
export class Microphone extends EventTarget {
  /**
   * Ask for the microphone.
   * @param {string} [deviceId] of the device; the system's default otherwise
   * @returns {Promise<Microphone>}
   * @throws {MicrophoneError}
   */
  static async open(deviceId) {
    checkAbility();
    // The plain sound: suppressing noise and echo also changes how a voice sounds.
    const audio = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: true };
    const device = deviceId ? { deviceId: { exact: deviceId } } : {};
    try {
      return new Microphone(await navigator.mediaDevices.getUserMedia({ audio: { ...audio, ...device } }));
    } catch (error) {
      throw explain(error instanceof DOMException ? error.name : "");
    }
  }

  /** @returns {Promise<MediaDeviceInfo[]>} their names are known only once one has been opened */
  static async devices() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter((device) => device.kind === "audioinput");
  }

  /** @param {MediaStream} stream */
  constructor(stream) {
    super();
    this.stream = stream;
    this.track = stream.getAudioTracks()[0];
    this.track.addEventListener("ended", () => this.dispatchEvent(new Event("lost")));
    this.context = new AudioContext();
    this.context.resume(); // some browsers start it asleep
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 2048;
    this.context.createMediaStreamSource(stream).connect(this.analyser);
    this.samples = new Float32Array(this.analyser.fftSize);
    /** @type {MediaRecorder | null} */
    this.recorder = null;
  }

  /** @returns {string} */
  get deviceId() {
    return this.track.getSettings().deviceId ?? "";
  }

  /** @returns {number} the greatest magnitude of the last moment, in [0, 1] */
  peak() {
    this.analyser.getFloatTimeDomainData(this.samples);
    return Math.min(1, this.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0));
  }

  /**
   * Record until `stop`, or until the device is lost.
   * @returns {Promise<File>} the recording
   */
  record() {
    const type = recordingType();
    const recorder = new MediaRecorder(this.stream, { mimeType: type, audioBitsPerSecond: 96_000 });
    this.recorder = recorder;
    return new Promise((resolve, reject) => {
      /** @type {Blob[]} */
      const parts = [];
      recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
      recorder.addEventListener("error", () => reject(explain("")));
      recorder.addEventListener("stop", () => {
        const container = (recorder.mimeType || type).split(";")[0];
        resolve(new File(parts, `recording.${ENDINGS[container] ?? "webm"}`, { type: container }));
      });
      recorder.start();
    });
  }

  pause() {
    if (this.recorder?.state === "recording") this.recorder.pause();
  }

  resume() {
    if (this.recorder?.state === "paused") this.recorder.resume();
  }

  stop() {
    if (this.recorder && this.recorder.state !== "inactive") this.recorder.stop();
  }

  /** Give the microphone back; the browser's recording mark goes out. */
  close() {
    for (const track of this.stream.getTracks()) track.stop();
    if (this.context.state !== "closed") this.context.close();
  }
}
