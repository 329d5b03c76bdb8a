/** A microphone's sound as samples at the model's rate. */

import { MicrophoneError } from "../microphone.js";
import { Resampler } from "./resample.js";
import { RATE_HZ } from "./window.js";

export class Capture {
  /**
   * @param {MediaStream} stream
   * @param {string} worklet address of the module for the audio thread
   * @param {(samples: Float32Array) => void} onSamples at 16 kHz
   * @returns {Promise<Capture>}
   * @throws {MicrophoneError} where the browser has no audio thread, or cannot load what runs in it
   */
  static async start(stream, worklet, onSamples) {
    const { context, source } = connect(stream);
    const capture = new Capture(context);
    try {
      await context.audioWorklet.addModule(worklet);
    } catch {
      capture.close();
      throw new MicrophoneError(
        "This page cannot listen live here",
        "Reload it and try again; if that does not help, record a clip instead.",
      );
    }
    const collector = new AudioWorkletNode(context, "collector", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    const resampler = context.sampleRate === RATE_HZ ? null : new Resampler(context.sampleRate, RATE_HZ);
    collector.port.onmessage = ({ data }) => onSamples(resampler ? resampler.push(data) : data);
    source.connect(collector);
    await context.resume(); // some browsers start it asleep
    return capture;
  }

  /** @param {AudioContext} context */
  constructor(context) {
    this.context = context;
  }

  close() {
    if (this.context.state !== "closed") this.context.close();
  }
}

/**
 * At the model's rate where the browser converts, at the microphone's own where it refuses.
 * @param {MediaStream} stream
 * @returns {{context: AudioContext, source: MediaStreamAudioSourceNode}}
 */
function connect(stream) {
  const wished = new AudioContext({ sampleRate: RATE_HZ });
  try {
    return { context: wished, source: wished.createMediaStreamSource(stream) };
  } catch {
    wished.close();
    const context = new AudioContext();
    return { context, source: context.createMediaStreamSource(stream) };
  }
}
