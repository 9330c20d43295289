"""What a verdict says to a person: one plain Vietnamese sentence, as the law on trust services
wants the result of a check to be told (TT 15/2025/TT-BKHCN)."""

from typing import Final

MESSAGES: Final = {
    "VALID": "Văn bản là thật và còn nguyên vẹn.",
    "SUPERSEDED": "Văn bản là thật nhưng đã được thay bằng bản mới hơn.",
    "SUSPENDED": "Văn bản là thật nhưng đang bị tạm đình chỉ.",
    "REVOKED": "Văn bản đã bị thu hồi.",
    "INVALID": "Văn bản không hợp lệ.",
    "INDETERMINATE": "Chưa thể kết luận về văn bản này.",
    "SIGNATURES_ONLY": "Chữ ký đúng, nhưng văn bản không do hệ thống này phát hành.",
    "FORMAT_FAILURE": "Tệp bị hỏng hoặc không phải văn bản đã ký.",
    "FOREIGN_FILE": "Tệp có chữ ký số nhưng không do hệ thống này phát hành, nên chưa được xét.",
    "PAPER_COPY": "Tệp là bản in, bên trong không có chữ ký số; chỉ mã in trên đó là thật, hãy so "
    "từng dòng với nội dung của mã.",
    "SIG_CRYPTO_FAILURE": "Nội dung đã bị thay đổi sau khi ký, hoặc chữ ký không đúng.",
    "NOT_AS_ISSUED": "Tệp này khác với bản đã ghi trong nhật ký phát hành.",
    "NO_CERTIFICATE_CHAIN_FOUND": "Không nhận ra nơi cấp chứng thư của người ký.",
    "OUT_OF_BOUNDS_NO_POE": "Không chứng minh được là đã ký khi chứng thư còn hiệu lực.",
    "SIG_CONSTRAINTS_FAILURE": "Thiếu chữ ký của một bên, hoặc có chữ ký của người khác.",
    "CONTENT_MISMATCH": "Bản in PDF không khớp với dữ liệu đã ký kèm theo.",
    "NOT_AS_SIGNED": "Tệp PDF đã bị thêm hoặc sửa sau khi ký.",
    "RENDERER_UNKNOWN": "Chưa đối chiếu được bản in PDF với dữ liệu kèm theo.",
    "CERTIFICATE_FORMAT_FAILURE": "Không đọc được chứng thư của người ký.",
    "CRYPTO_CONSTRAINTS_FAILURE": "Khóa của người ký không thuộc loại được chấp nhận.",
    "CHAIN_CONSTRAINTS_FAILURE": "Chứng thư của người ký không dùng để ký văn bản.",
    "REVOKED_NO_POE": "Chứng thư đã bị thu hồi và không chứng minh được là đã ký trước đó.",
    "NO_FILE": "Có văn bản mang mã này; hãy gửi tệp để biết nội dung có đúng không.",
    "NO_SIGNING_CERTIFICATE_FOUND": "Không nhận ra nơi cấp bản xác nhận này.",
    "EXPIRED": "Bản xác nhận đã hết hạn.",
    "HOLDER_NOT_BOUND": "Chưa chứng minh được người xuất trình là chủ của bản xác nhận.",
    "NOT_LOGGED": "Chưa thấy văn bản trong nhật ký công khai có người chứng kiến.",
    "LATE_LOGGED": "Ngày ghi trên văn bản sớm hơn nhiều so với ngày vào nhật ký.",
    "FUTURE_DATED": "Ngày ghi trên văn bản muộn hơn ngày vào nhật ký.",
    "TRY_LATER": "Chưa biết tình trạng hiện nay của văn bản, hãy thử lại sau.",
    "NO_LEGAL_VALUE": "Bản thử nghiệm, KHÔNG CÓ GIÁ TRỊ PHÁP LÝ.",
}
OF_CREDENTIALS: Final = {
    "VALID": "Thông tin này được trích nguyên vẹn từ văn bản thật, hiện còn hiệu lực.",
    "SUPERSEDED": "Thông tin này là thật, nhưng văn bản gốc đã được thay bằng bản mới hơn.",
    "SUSPENDED": "Thông tin này là thật, nhưng văn bản gốc đang bị tạm đình chỉ.",
    "REVOKED": "Bản xác nhận này không còn giá trị: chủ giấy tờ đã rút lại, hoặc văn bản gốc "
    "đã bị thu hồi.",
    "FORMAT_FAILURE": "Bản xác nhận bị hỏng hoặc đã bị sửa.",
    "TRY_LATER": "Chưa biết bản xác nhận này hiện còn giá trị không, hãy thử lại sau.",
}
"""A holder who has withdrawn a share has not had the document revoked: nobody may read it so."""
OF_CODES: Final = {
    "VALID": "Mã này là thật và văn bản gốc còn hiệu lực; hãy so từng dòng của mã với bản giấy.",
    "FORMAT_FAILURE": "Mã này không do hệ thống này cấp, hoặc đã bị sửa.",
}
"""A genuine code says nothing of the words around it, which nobody has looked at."""
