"""Texts of the scripts of the review of photos."""

from django.utils.translation import gettext


def review_words() -> dict[str, str]:
    """Texts in the active language by key; scripts fill in `{x}`."""
    return {
        "review_face": gettext("face"),
        "review_plate": gettext("number plate"),
        "review_other": gettext("other"),
        "review_box": gettext("{n} of {all}: {what}, {where}, {source}"),
        "review_what": gettext("What is in box {n}"),
        "review_remove": gettext("Remove box {n}"),
        "review_where": gettext("{left} % from the left, {top} % from the top, {width} by {height} %"),
        "review_by_model": gettext("found by the model {model}, score {score}"),
        "review_by_person": gettext("drawn by a person"),
        "review_from_before": gettext("taken over from the picture before"),
        "review_moved": gettext("taken over from the picture before, moved with the content"),
        "review_no_box": gettext("No box. What is not in a box becomes public as it is."),
        "review_box_added": gettext("New box. Digits place it, arrows move it, plus and minus resize it."),
        "review_box_removed": gettext("Box removed, {n} left."),
        "review_undone": gettext("Step undone, boxes: {n}."),
        "review_nothing_to_undo": gettext("There is nothing to undo."),
        "review_picture": gettext("Picture {name} of {run}, boxes: {n}"),
        "review_left": gettext("Pictures of this run left: {left} of {total}"),
        "review_released": gettext("{name}: released. It becomes public once it is blurred."),
        "review_left_for_later": gettext("{name}: left for later."),
        "review_withheld": gettext("{name}: withheld."),
        "review_taken_back": gettext("{name}: decision taken back."),
        "review_saving": gettext("Decisions being stored: {n}"),
        "review_failed": gettext("{name}: the decision was not stored. {why}"),
        "review_unreachable": gettext("The portal does not answer."),
        "review_not_undone": gettext("{name}: the decision could not be taken back. {why}"),
        "review_not_loaded": gettext("The next picture could not be loaded."),
        "review_unreadable": gettext("{name}: the picture cannot be loaded; it goes on waiting."),
        "review_not_examined": gettext(
            "Faces have not been looked for in this picture yet. It can be withheld now, and released after that."
        ),
        "review_no_place": gettext(
            "This picture has no place. Released, it is blurred and waits until it has one; see the page of its run."
        ),
        "review_needs_reason": gettext("Write why the picture is withheld."),
        "review_retry": gettext("Try again"),
        "review_reopen": gettext("Take that decision back and open the picture with my boxes"),
        "review_preview_on": gettext("The boxes are shown blurred."),
        "review_preview_off": gettext("The picture is shown as it was taken."),
        "review_proposed": gettext("Boxes taken over from the picture before: {n}. Check them."),
    }
