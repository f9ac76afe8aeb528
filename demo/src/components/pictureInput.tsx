/** A picture of the visitor's: dropped, pasted, picked or photographed. */
import { useEffect, useRef, useState } from "preact/hooks";
import { decodePicture, type NamedPicture, PictureError, pixelsOf } from "../pictures";
import { Notice } from "./notice";
import { PixelCanvas } from "./pixelCanvas";
import { words } from "./words";

export interface PictureInputProps {
  readonly picture: NamedPicture | undefined;
  readonly onPicture: (picture: NamedPicture) => void;
}

const hasCamera = (): boolean => typeof navigator.mediaDevices?.getUserMedia === "function";

/** The camera's live picture, until one is taken. */
function Camera({
  onPicture,
  onEnd,
}: {
  onPicture: (picture: NamedPicture) => void;
  onEnd: (failed: boolean) => void;
}) {
  const t = words();
  const video = useRef<HTMLVideoElement>(null);
  const [running, setRunning] = useState(false);
  useEffect(() => {
    let stream: MediaStream | undefined;
    let gone = false;
    const stop = (): void => {
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false }).then(
      async (given) => {
        stream = given;
        if (gone || !video.current) return stop();
        video.current.srcObject = given;
        await video.current.play().catch(() => undefined);
        setRunning(true);
      },
      () => {
        if (!gone) onEnd(true);
      },
    );
    return () => {
      gone = true;
      stop();
    };
  }, []);
  const shoot = (): void => {
    const seen = video.current;
    if (!seen || seen.videoWidth === 0) return;
    onPicture(pixelsOf(seen, seen.videoWidth, seen.videoHeight, t.photo));
    onEnd(false);
  };
  return (
    <>
      <video ref={video} class="picture-shown" muted playsInline aria-label={t.live} />
      <div class="row">
        <button type="button" class="button button-main" disabled={!running} onClick={shoot}>
          {t.shoot}
        </button>
        <button type="button" class="button" onClick={() => onEnd(false)}>
          {t.cancel}
        </button>
      </div>
    </>
  );
}

export function PictureInput({ picture, onPicture }: PictureInputProps) {
  const t = words();
  const [over, setOver] = useState(false);
  const [filming, setFilming] = useState(false);
  const [problem, setProblem] = useState<string>();
  const file = useRef<HTMLInputElement>(null);
  const give = useRef(onPicture);
  give.current = onPicture;

  const take = async (blob: Blob, name: string): Promise<void> => {
    try {
      const decoded = await decodePicture(blob, name);
      setProblem(undefined);
      give.current(decoded);
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      setProblem(words().broken(name));
    }
  };

  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      const item = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
      if (!item) return;
      event.preventDefault();
      void take(item, words().pasted);
    };
    addEventListener("paste", paste);
    return () => removeEventListener("paste", paste);
  }, []);

  return (
    <div class="stack">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is one of four ways; the buttons inside are for all */}
      <div
        class="picture-input"
        data-over={over}
        data-filled={picture !== undefined && !filming}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          const dropped = event.dataTransfer?.files[0];
          if (dropped) void take(dropped, dropped.name);
        }}
      >
        {filming ? (
          <Camera
            onPicture={(taken) => {
              setProblem(undefined);
              onPicture(taken);
            }}
            onEnd={(failed) => {
              setFilming(false);
              if (failed) setProblem(words().noCamera);
            }}
          />
        ) : (
          <>
            {picture ? (
              <PixelCanvas
                pixels={picture}
                label={t.shown(picture.name)}
                class={picture.crisp ? "picture-shown pixelated" : "picture-shown"}
              />
            ) : (
              <p class="soft">{t.drop}</p>
            )}
            <div class="row">
              <button type="button" class="button" onClick={() => file.current?.click()}>
                {picture ? t.another : t.pick}
              </button>
              {hasCamera() && (
                <button type="button" class="button" onClick={() => setFilming(true)}>
                  {t.camera}
                </button>
              )}
            </div>
            <input
              ref={file}
              type="file"
              accept="image/*"
              class="visually-hidden"
              tabIndex={-1}
              aria-label={t.pick}
              onChange={(event) => {
                const picked = event.currentTarget.files?.[0];
                event.currentTarget.value = "";
                if (picked) void take(picked, picked.name);
              }}
            />
          </>
        )}
      </div>
      {problem && <Notice kind="error">{problem}</Notice>}
    </div>
  );
}
